//! `compare.json`: what was compared, and what came out.

use nn::settings::SETTINGS;
use nn::sweep::Comparison;
use serde_json::{Map, Value, json};
use viz::findings::comparison::{Pairs, dead, median_at_end, outside, share};
use viz::findings::{Group, final_test, final_train, quantile, sorted};

/// All numbers but the lists of files. Nothing measured is among them, so that equal settings give equal files.
pub fn numbers(comparison: &Comparison, identity: &str) -> Value {
    let item = |item: &nn::sweep::comparison::Item| {
        let differs = |setting: &&nn::settings::Setting| {
            let texts = comparison.items.iter().map(|item| setting.get(&item.study.settings));
            let mut texts: Vec<String> = texts.collect();
            texts.dedup();
            texts.len() > 1
        };
        let own = SETTINGS
            .iter()
            .filter(differs)
            .map(|setting| (setting.name.to_owned(), Value::String(setting.get(&item.study.settings))));
        json!({
            "value": item.value,
            "settings": own.collect::<Map<_, _>>(),
            "hash": format!("{:016x}", item.study.hash()),
        })
    };
    let pairs = Pairs::all(comparison);
    let groups: Vec<Value> = pairs
        .iter()
        .flat_map(|pairs| (0..pairs.groups.len()).map(move |item| group(comparison, pairs, item)))
        .collect();
    json!({
        "plan": identity,
        "compared": comparison.setting.name,
        "settings": comparison.items[0].study.settings,
        "data": comparison.items[0].study.data.name,
        "same_starts": comparison.starts_are_the_same(),
        "items": comparison.items.iter().map(item).collect::<Vec<_>>(),
        "groups": groups,
    })
}

/// The runs of a value that differ in their seeds alone.
fn group(comparison: &Comparison, pairs: &Pairs, item: usize) -> Value {
    let group: &Group = &pairs.groups[item];
    let quartiles = |values: Vec<f64>| {
        let values = sorted(values);
        json!([0.25, 0.5, 0.75].map(|q| finite(quantile(&values, q))))
    };
    let runs = || group.runs.iter();
    let mut value = json!({
        "value": comparison.items[item].value,
        "width": group.width,
        "paradigm": group.paradigm,
        "runs": group.runs.len(),
        "diverged": group.diverged(),
        "stuck": group.stuck().len(),
        "train_loss": quartiles(runs().map(|run| final_train(run)).collect()),
        "test_loss": quartiles(runs().map(|run| final_test(run)).collect()),
    });
    if item > 0 {
        let differences = pairs.differences(item);
        value["lower_than_first"] = json!(differences.lower());
        value["higher_than_first"] = json!(differences.higher());
        value["ratio_to_first"] = json!(differences.quartiles().map(finite));
        value["sign_test"] = json!(differences.sign_test());
    }
    let study = &comparison.items[item].study;
    if study.is_of_bent_lines() {
        let at_end = |count: fn(&nn::data::Data, &nn::network::Network) -> usize| {
            finite(median_at_end(group, &|network| share(count(&study.data, network), network)))
        };
        value["dead_units"] = json!(at_end(dead));
        value["elbows_outside"] = json!(at_end(outside));
    }
    value
}

/// JSON has no infinite numbers: nothing stands for those of runs that diverged.
fn finite(value: f64) -> Option<f64> {
    Some(value).filter(|value| value.is_finite())
}
