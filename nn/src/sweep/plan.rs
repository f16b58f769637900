//! A plan as a file says it.

use super::axis::{Axis, Draw, Values};
use crate::settings::{Allowed, Asked, SETTINGS, Setting, Settings, SettingsFileError, Target, setting};
use crate::settings::{toml_text, unknown};
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The tables of a plan that are no settings.
const TABLES: [&str; 3] = ["list", "grid", "random"];

/// Settings that change nothing of what is kept of a run.
pub(super) const WITHOUT_EFFECT: [&str; 2] = ["threads", "watch-every"];

/// The most runs of a plan.
const MOST_RUNS: u64 = 1_000_000_000_000;

/// What is to be trained: settings that all runs share, and those that vary. No run is held: each is made from its number.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) base: Asked,
    /// What all runs share, by name.
    pub(super) fixed: Vec<(String, String)>,
    /// In which paths are relative.
    pub(super) directory: PathBuf,
    /// The last varies fastest, but for seeds.
    pub(super) axes: Vec<Axis>,
    /// Runs of each point, with successive seeds.
    pub(super) seeds: u64,
    /// All combinations of the axes.
    pub(super) points: u64,
}

impl Plan {
    /// Reads a plan: a settings file with the tables `[grid]`, `[[list]]` and `[random]`, as [the module](super) says. Only
    /// single values are checked; [`Sweep::open`](super::Sweep::open) checks what goes together. What is not mentioned is as
    /// in `defaults`, which are of one width and one paradigm. A relative path is taken relative to the directory of `path`.
    ///
    /// # Errors
    /// [`SettingsFileError`] with the place in the file.
    pub fn read(text: &str, path: &Path, defaults: Settings) -> Result<Self, SettingsFileError> {
        let mut base = Asked::new(defaults);
        base.file_but(text, path, &TABLES)?;
        let table = DeTable::parse(text)
            .map_err(|error| SettingsFileError::at(text, path, error.span(), error.message().to_owned()))?;
        let table = table.get_ref();
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let reader = Reader { text, path, directory: &directory, base: &base };

        let mut axes: Vec<Axis> = Vec::new();
        let entry = |name: &str| table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value);
        if let Some(list) = entry("list") {
            axes.push(reader.list(list)?);
        }
        if let Some(grid) = entry("grid") {
            reader.grid(grid, &mut axes)?;
        }
        if let Some(random) = entry("random") {
            reader.random(random, &mut axes)?;
        }

        let settings = base.settings();
        let varied = |name: &str, axes: &[Axis]| axes.iter().flat_map(|axis| &axis.settings).any(|s| s.name == name);
        let key = |name: &str| table.iter().find(|(key, _)| key.get_ref() == name).map(|(key, _)| key.span());
        // As in a settings file, a list asks for a network of each item.
        for setting in SETTINGS.iter().filter(|s| s.list && base.mentions(s.name)) {
            let items = setting.get(&settings);
            if !items.contains(',') {
                continue;
            }
            let name = setting.name;
            if varied(name, &axes) {
                let what =
                    format!("{name} {items}: a row of the list that leaves {name} out has one of them; give one");
                return Err(reader.error(key(name), what));
            }
            axes.push(Axis::of(setting, items.split(',').map(str::to_owned)));
        }
        if settings.seeds > 1 && varied("seed", &axes) {
            let what = "each point would be trained with its seed and those after it; leave out seeds, or vary no seed";
            return Err(reader.error(key("seeds"), what.to_owned()));
        }
        if axes.is_empty() && settings.seeds == 1 {
            let what = "the plan varies nothing; give [grid], [[list]] or [random], or several widths or seeds";
            return Err(reader.error(None, what.to_owned()));
        }
        let seeds = settings.seeds as u64;
        let count = |points: u64, axis: &Axis| points.checked_mul(axis.len());
        let points = axes
            .iter()
            .try_fold(1, count)
            .filter(|points: &u64| points.checked_mul(seeds).is_some_and(|runs| runs <= MOST_RUNS));
        let Some(points) = points else {
            let what = format!("the plan has more than {MOST_RUNS} runs; cut its lists");
            return Err(reader.error(None, what));
        };
        let decides = |name: &str| !TABLES.contains(&name) && !WITHOUT_EFFECT.contains(&name);
        let settings = table.iter().filter(|(key, _)| decides(key.get_ref()));
        let mut fixed: Vec<(String, String)> =
            settings.map(|(key, value)| (key.get_ref().to_string(), toml_text(value.get_ref()))).collect();
        fixed.sort();
        Ok(Plan { base, fixed, directory, axes, seeds, points })
    }

    /// How many runs there are.
    pub fn runs(&self) -> u64 {
        self.points * self.seeds
    }

    /// The settings that all runs share and the plan mentions, with their values as given, by name.
    pub fn fixed(&self) -> &[(String, String)] {
        &self.fixed
    }

    /// How many threads the plan asks for; 0 for one each core.
    pub fn threads(&self) -> usize {
        self.base.settings().threads
    }
}

/// A file that is read as a plan.
struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
    directory: &'a Path,
    base: &'a Asked,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn error(&self, span: Option<Range<usize>>, message: String) -> SettingsFileError {
        SettingsFileError::at(self.text, self.path, span, message)
    }

    /// The entries of a table, in the order of the file.
    fn entries<'v>(
        &self,
        value: &'v Value<'v>,
        what: &str,
    ) -> Result<Vec<(&'static Setting, Range<usize>, &'v Value<'v>)>, SettingsFileError> {
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.error(Some(value.span()), format!("{what} is a table of settings")));
        };
        if table.is_empty() {
            return Err(self.error(Some(value.span()), format!("{what} is empty; name a setting, or leave it out")));
        }
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let setting = |(key, value): (&Spanned<_>, &'v Value<'v>)| {
            let name: &std::borrow::Cow<'_, str> = key.get_ref();
            let refuse = |what: String| Err(self.error(Some(key.span()), what));
            let Some(setting) = setting(name) else { return refuse(unknown(name, &[])) };
            match setting.name {
                name if WITHOUT_EFFECT.contains(&name) => {
                    refuse(format!("results do not depend on {name}; give it above the tables, or not at all"))
                }
                "seeds" => refuse(
                    "seeds belongs above the tables: so many runs of each point; or name seeds one by one, as in \
                     seed = [0, 1]"
                        .to_owned(),
                ),
                _ => Ok((setting, key.span(), value)),
            }
        };
        entries.into_iter().map(setting).collect()
    }

    /// The text of one value of a setting.
    fn value(&self, setting: &'static Setting, value: &Value<'_>) -> Result<String, SettingsFileError> {
        let refuse = |what: String| self.error(Some(value.span()), what);
        let mut settings = Settings::default();
        setting.set(&mut settings, &toml_text(value.get_ref())).map_err(|error| refuse(error.to_string()))?;
        let (name, text) = (setting.name, setting.get(&settings));
        if setting.list && text.contains(',') {
            return Err(refuse(format!("{name} {text}: a run has one of them; name them one by one")));
        }
        match settings.target {
            Target::StandardInput if name == "target" => Err(refuse(
                "target -: what is read once cannot be read again when a sweep goes on; name a file".to_owned(),
            )),
            Target::File(path) if name == "target" => Ok(Target::File(self.directory.join(path)).to_string()),
            _ => Ok(text),
        }
    }

    /// Refuses a setting that one of the axes varies already, or, unless it may be a default, that all runs share.
    fn once(
        &self,
        setting: &Setting,
        key: Range<usize>,
        axes: &[Axis],
        default: bool,
    ) -> Result<(), SettingsFileError> {
        let name = setting.name;
        let varied = axes.iter().flat_map(|axis| &axis.settings).any(|varied| varied.name == name);
        if varied || (!default && self.base.mentions(name)) {
            let what = if varied { "in two tables" } else { "for all runs, too" };
            return Err(self.error(Some(key), format!("{name} is given {what}; leave one of them out")));
        }
        Ok(())
    }

    fn list(&self, value: &Value<'_>) -> Result<Axis, SettingsFileError> {
        let Some(rows) = value.get_ref().as_array() else {
            return Err(self.error(Some(value.span()), "list is given row by row, each under [[list]]".to_owned()));
        };
        if rows.is_empty() {
            return Err(self.error(Some(value.span()), "the list is empty; give a row, or leave it out".to_owned()));
        }
        let mut settings: Vec<&'static Setting> = Vec::new();
        let mut texts = Vec::new();
        for row in rows {
            let mut of_row: Vec<Option<String>> = Vec::new();
            for (setting, _, value) in self.entries(row, "a row of the list")? {
                let place = settings.iter().position(|known| known.name == setting.name).unwrap_or_else(|| {
                    settings.push(setting);
                    settings.len() - 1
                });
                of_row.resize(of_row.len().max(place + 1), None);
                of_row[place] = Some(self.value(setting, value)?);
            }
            texts.push(of_row);
        }
        texts.iter_mut().for_each(|row: &mut Vec<_>| row.resize(settings.len(), None));
        Ok(Axis { settings, values: Values::Given(texts) })
    }

    fn grid(&self, value: &Value<'_>, axes: &mut Vec<Axis>) -> Result<(), SettingsFileError> {
        for (setting, key, value) in self.entries(value, "the grid")? {
            self.once(setting, key, axes, false)?;
            let name = setting.name;
            let items = value.get_ref().as_array().map_or(&[][..], |items| items);
            if items.is_empty() {
                let what = format!("{name}: a grid is made of lists with at least one item, as in {name} = [");
                let example = setting.default().split(',').next().unwrap_or_default().to_owned();
                return Err(self.error(Some(value.span()), format!("{what}{example}]")));
            }
            let mut texts: Vec<String> = Vec::new();
            for item in items {
                let text = self.value(setting, item)?;
                if texts.contains(&text) {
                    let layers = "; the layers of a network are a list of their own, as in layers = [[8, 8], [16]]";
                    let hint = if name == "layers" { layers } else { "" };
                    return Err(self.error(Some(item.span()), format!("{name}: {text} is listed twice{hint}")));
                }
                texts.push(text);
            }
            axes.push(Axis::of(setting, texts.into_iter()));
        }
        Ok(())
    }

    fn random(&self, value: &Value<'_>, axes: &mut Vec<Axis>) -> Result<(), SettingsFileError> {
        let (mut settings, mut draws, mut first) = (Vec::new(), Vec::new(), None);
        for (setting, key, value) in self.entries(value, "random")? {
            self.once(setting, key, axes, false)?;
            let (count, draw) = self.draw(setting, value)?;
            if let Some((other, of_other)) = first
                && of_other != count
            {
                let what = format!(
                    "{}: count is {count}, and that of {other} is {of_other}; random settings are drawn together, so make them equal",
                    setting.name
                );
                return Err(self.error(Some(value.span()), what));
            }
            first = Some((setting.name, count));
            settings.push(setting);
            draws.push(draw);
        }
        axes.extend(first.map(|(_, count)| Axis { settings, values: Values::Drawn(count, draws) }));
        Ok(())
    }

    /// `{ log = [1e-3, 1], count = 50, seed = 0 }`.
    fn draw(&self, setting: &'static Setting, value: &Value<'_>) -> Result<(u64, Draw), SettingsFileError> {
        const FORM: &str = "{ log = [0.001, 1], count = 50, seed = 0 }, or linear in place of log";
        let name = setting.name;
        let refuse = |span, what: String| Err(self.error(Some(span), format!("{name}: {what}")));
        if !matches!(setting.allowed, Allowed::Whole(..) | Allowed::Number(..) | Allowed::NumberOrAuto(..)) {
            return refuse(value.span(), "only numbers are drawn; list its values in [grid]".to_owned());
        }
        let Some(table) = value.get_ref().as_table() else {
            return refuse(value.span(), format!("is drawn by {FORM}"));
        };
        let (mut range, mut count, mut seed) = (None, None, None);
        for (key, value) in table {
            let whole = || toml_text(value.get_ref()).parse::<u64>().ok();
            match &**key.get_ref() {
                scale @ ("log" | "linear") if range.is_none() => range = Some((scale == "log", value)),
                "count" => match whole().filter(|count| (1..=MOST_RUNS).contains(count)) {
                    Some(number) => count = Some(number),
                    None => return refuse(value.span(), "count must be a whole number above 0".to_owned()),
                },
                "seed" => match whole() {
                    Some(number) => seed = Some(number),
                    None => return refuse(value.span(), "seed must be a whole number from 0".to_owned()),
                },
                other => return refuse(key.span(), format!("{other} has no place here; a setting is drawn by {FORM}")),
            }
        }
        let (Some((log, bounds)), Some(count), Some(seed)) = (range, count, seed) else {
            return refuse(value.span(), format!("is drawn by {FORM}"));
        };
        let [from, to] = bounds.get_ref().as_array().map_or(&[][..], |bounds| bounds) else {
            return refuse(bounds.span(), "needs two bounds, as in [0.001, 1]".to_owned());
        };
        let number = |bound: &Value<'_>| -> Result<f64, SettingsFileError> {
            let text = self.value(setting, bound)?;
            text.parse().map_err(|_| self.error(Some(bound.span()), format!("{name}: bounds are numbers")))
        };
        let [low, high] = [number(from)?, number(to)?];
        if low >= high {
            return refuse(bounds.span(), "the first bound must be the smaller one".to_owned());
        }
        if log && low <= 0.0 {
            return refuse(from.span(), "bounds of a logarithm must be above 0".to_owned());
        }
        Ok((count, Draw { log, from: low, to: high, seed }))
    }
}
