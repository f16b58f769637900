//! Tables of odd numbers: whatever is in one, it is refused with a sentence or its whole report is drawn.

use nn::data::Data;
use nn::settings::{Asked, Settings, setting};
use nn::study::{Study, StudyError};

/// Numbers from 0 to 1: a linear congruential generator (D. Knuth, "The art of computer programming", volume 2, 3.3.4).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
    fn below(&mut self, count: usize) -> usize {
        (self.uniform() * count as f64) as usize
    }
}

/// What cells of a column are made from.
#[derive(Clone, Copy, Debug)]
enum Column {
    Unit,
    /// Around a number that is large beside their range.
    Far(f64, f64),
    /// Steps of the last digit.
    LastDigit(f64),
    /// Of a size.
    Sized(f64),
    Whole(f64),
    TwoValues(f64, f64),
    /// Over many orders of magnitude.
    Spread,
    Subnormal,
    Days,
}

const COLUMNS: [Column; 14] = [
    Column::Unit,
    Column::Far(1.7e15, 1000.0),
    Column::Far(-1e12, 10.0),
    Column::Far(2e9, 1.0),
    Column::Far(1e6, 0.01),
    Column::LastDigit(9e15),
    Column::LastDigit(-3e17),
    Column::Sized(1e-300),
    Column::Sized(1e17),
    Column::Whole(3.0),
    Column::TwoValues(-1.0, 700.0),
    Column::Spread,
    Column::Subnormal,
    Column::Days,
];

impl Column {
    fn cell(self, random: &mut Random) -> String {
        let part: f64 = random.uniform();
        match self {
            Column::Unit => (2.0 * part - 1.0).to_string(),
            Column::Far(middle, range) => (middle + range * (2.0 * part - 1.0)).to_string(),
            Column::LastDigit(size) => (size * (1.0 + f64::EPSILON * (5.0 * part).floor())).to_string(),
            Column::Sized(size) => format!("{:e}", size * (2.0 * part - 1.0)),
            Column::Whole(most) => (part * (most + 1.0)).floor().to_string(),
            Column::TwoValues(a, b) => if part < 0.5 { a } else { b }.to_string(),
            Column::Spread => libm::exp(40.0 * part - 20.0).to_string(),
            Column::Subnormal => format!("{:e}", (19.0 * part).floor() * 5e-324),
            Column::Days => format!("{:04}-{:02}-11", 1990 + (30.0 * part) as u32, 1 + (97.0 * part) as u32 % 12),
        }
    }
}

#[test]
fn whatever_is_in_a_table_its_report_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(7);
    let mut below = |count: usize| random.below(count);
    let mut refused = 0;
    for case in 0..60 {
        let inputs = [1, 2, 2, 3][below(4)];
        let columns: Vec<Column> = (0..=inputs).map(|_| COLUMNS[below(COLUMNS.len())]).collect();
        let (rows, classes) = ([12, 40, 150][below(3)], [0, 2, 3, 7][below(4)]);
        let mut cells = Random(case);
        let names: Vec<String> = (0..inputs).map(|i| format!("x{i}")).collect();
        let mut text = format!("{},y\n", names.join(","));
        for row in 0..rows {
            let x: Vec<String> = columns[..inputs].iter().map(|column| column.cell(&mut cells)).collect();
            let y = match classes {
                0 if matches!(columns[inputs], Column::Days) => row.to_string(),
                0 => columns[inputs].cell(&mut cells),
                classes => ["a", "b", "c", "d", "e", "f", "g"][row % classes].to_owned(),
            };
            text += &format!("{},{y}\n", x.join(","));
        }
        let file = folder.path().join("t.csv");
        std::fs::write(&file, text).unwrap();
        let names = names.join(",");
        let layers = ["3", "4,3", "3,3,3", "17"][below(4)];
        let activation = ["relu", "relu", "tanh", "leaky-relu", "sine", "identity"][below(6)];
        let mut settings = vec![
            ("target", file.to_str().unwrap()),
            ("x", &names),
            ("y", "y"),
            ("layers", layers),
            ("activation", activation),
            ("steps", "60"),
            ("save-every", "20"),
            ("batch", "5"),
        ];
        if inputs > 2 {
            settings.push(("slice", "x0,x2"));
        }
        let mut asked = Asked::new(Settings { threads: 1, ..Settings::default() });
        for (name, text) in &settings {
            asked.set(setting(name).unwrap(), text).unwrap();
        }
        let Ok(data) = Data::from_settings(&asked.settings()) else {
            refused += 1;
            continue;
        };
        let settings = asked.settings_on(&data);
        let drawn = std::panic::catch_unwind(|| {
            let study = Study::run(&settings, data, &|_| ())?;
            Ok::<_, StudyError>(viz::report::figures(&study).len())
        });
        let case = format!("case {case}: {columns:?} {classes} classes, {layers} {activation}");
        match drawn.unwrap_or_else(|_| panic!("{case}")) {
            Ok(figures) => assert!(figures > 0, "{case}"),
            // As where a plane has no extent.
            Err(_) => refused += 1,
        }
    }
    assert!(refused < 12, "{refused} of 60 tables were refused");
}
