//! Tables as people have them: read rightly, or refused with what was found, where, and a way out.

use std::fmt::Write as _;
use std::io::Write as _;

use nn::table::{
    Decimal, Header, Kind, Order, Quantity, Request, Separator, Table, TableError, Values, read, written_date,
};
use proptest::prelude::*;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/tables/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn asked(flags: &[(&str, &str)]) -> Request {
    let mut request = Request::default();
    for &(flag, value) in flags {
        match flag {
            "x" => value.clone_into(&mut request.x),
            "y" => value.clone_into(&mut request.y),
            "missing" => value.clone_into(&mut request.missing),
            "separator" => request.separator = Some(value.parse().unwrap()),
            "decimal" => request.decimal = Some(value.parse().unwrap()),
            "dates" => request.dates = Some(value.parse().unwrap()),
            "header" => request.header = Some(value == "yes"),
            "skip" => request.skip = value.parse().unwrap(),
            _ => panic!("{flag}"),
        }
    }
    request
}

fn numbers(table: &Table) -> (&[f64], &[f64]) {
    let Values::Numbers(y) = &table.y else { panic!("{:?}", table.y) };
    (&table.x[0], y)
}

/// What is said of a table, with its doubts; or the fault, its place and the way out.
fn said(bytes: &[u8], request: &Request) -> String {
    match read(bytes, request) {
        Ok(table) => {
            let doubts: String = table.reading.doubts.iter().map(|doubt| format!("\nnote: {doubt}")).collect();
            format!("{}{doubts}", table.reading)
        }
        Err(TableError { fault, place }) => {
            let mut text = format!("error: {fault}");
            for line in fault.listing() {
                let _ = write!(text, "\n{line}");
            }
            if let Some(place) = place {
                let _ = write!(text, "\n{}:{} | {}", place.line, place.column, place.text);
            }
            text + "\nhelp: " + &fault.way_out()
        }
    }
}

/// Files that people met, each for a kind of fault.
#[test]
fn the_cases_are_read_or_refused() {
    let of = |name: &str, flags: &[(&str, &str)]| said(&file(&format!("cases/{name}.csv")), &asked(flags));
    assert_eq!(of("rd-cars", &[]), "y = dist, x = speed; 50 rows, separator \",\", without rownames (row numbers)");
    assert_eq!(of("semi_decimal_comma", &[]), "y = y, x = x; 40 rows, separator \";\", decimal comma");
    assert_eq!(of("r_rownames", &[]), "y = y, x = x; 40 rows, separator \",\", without column 1 (row numbers)");
    assert_eq!(of("jb-airline-passengers", &[]), "y = Passengers, x = Month (dates); 144 rows, separator \",\"");
    let iris = of("jb-iris", &[]);
    assert!(
        iris.starts_with("error: which columns are x and y is not clear: there are 4 columns of numbers"),
        "{iris}"
    );
    assert!(iris.ends_with("help: say which, by name or number: --x 1 --y 2"), "{iris}");
    let flags = [("x", "3"), ("y", "4")];
    let read_so = "y = column 4, x = column 3; 149 rows, separator \",\", no header, without column 1 (numbers), column 2 \
                   (numbers), column 5 (words)";
    let rows = file("cases/jb-iris.csv").split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).count();
    assert_eq!(of("jb-iris", &flags), read_so.replace("149", &rows.to_string()), "no row is lost to the header");
    let missing = of("first_NA", &[("x", "year"), ("y", "co2")]);
    assert!(missing.ends_with("without unc (numbers), 1 row skipped: NA in y"), "{missing}");
    assert!(of("first_NA", &[]).contains("--x year --y co2"));
    let unclosed = of("unclosed_real", &[]);
    assert!(unclosed.starts_with("error: the quote that opens here never closes\n13:8 | 12,144,"), "{unclosed}");
    let sentinel = of("sentinel", &[]);
    assert!(sentinel.contains("note: average is -99.99 2 times"), "{sentinel}");
    let sentinel = of("sentinel", &[("missing", "-99.99")]);
    assert!(sentinel.ends_with("78 rows, separator \",\", 2 rows skipped: -99.99 in y"), "{sentinel}");
    let noaa = of("noaa_comments", &[("x", "decimal date"), ("y", "average"), ("missing", "-99.99")]);
    assert!(noaa.starts_with("y = average, x = decimal date; ") && noaa.contains("skipped: -99.99 in y"), "{noaa}");
    let oops = of("cr_only_bad", &[]);
    assert!(oops.starts_with("error: column 2 (y): \"oops\" is not a number\n42:3 | 5,oops\n"), "{oops}");
}

/// Made by tests/tables/written/make.py and make.R.
#[test]
fn what_python_pandas_and_r_write_is_read_back() {
    let level: Vec<f64> = (0..10).map(|i| 20.125 + f64::from(7 * i % 5)).collect();
    let hours: Vec<f64> = (0..10).map(|i| 0.5 * f64::from(i)).collect();
    let days: Vec<f64> = (0..10).map(|i| 18_687.0 + f64::from(i)).collect();
    for name in [
        "python-csv-writer.csv",
        "python-csv-dictwriter-excel-tab.tsv",
        "python-csv-unix.csv",
        "pandas-to-csv.csv",
        "pandas-no-index.csv",
        "pandas-european.csv",
        "pandas-tab.tsv",
        "pandas-gzip.csv.gz",
        "pandas-utf-16.csv",
        "pandas-named-index.csv",
        "pandas-to-string.txt",
        "r-write-csv.csv",
        "r-write-csv-no-row-names.csv",
        "r-write-csv2.csv",
        "r-write-table.txt",
        "r-write-table-tab.txt",
    ] {
        let table = read(&file(&format!("written/{name}")), &Request::default()).unwrap();
        assert_eq!(numbers(&table), (&hours[..], &level[..]), "{name}");
        assert_eq!(
            (table.reading.x_title(), table.reading.y_title()),
            ("hour".to_owned(), "level".to_owned()),
            "{name}"
        );
    }
    for name in ["pandas-dates.csv", "r-dates.csv"] {
        let table = read(&file(&format!("written/{name}")), &Request::default()).unwrap();
        assert_eq!(numbers(&table), (&days[..], &level[..]), "{name}");
        assert_eq!(table.reading.x_quantity, Quantity::Days);
    }
    let zoned = read(&file("written/pandas-dates-with-zone.csv"), &Request::default()).unwrap();
    assert_eq!(written_date(zoned.x[0][0], 0.01), "2021-02-28 23:00", "offsets count");
    let months = read(&file("written/pandas-months.csv"), &Request::default()).unwrap();
    assert_eq!(written_date(months.x[0][9], 1.0), "2020-10-01");
    for (name, skipped) in [("pandas-missing.csv", "empty y"), ("r-missing.csv", "NA in y")] {
        let table = read(&file(&format!("written/{name}")), &Request::default()).unwrap();
        assert_eq!((table.reading.rows, &*table.reading.skipped[0].reason), (8, skipped), "{name}");
    }
    let cars = read(&file("written/r-cars.csv"), &Request::default()).unwrap();
    assert_eq!((cars.reading.x_title(), cars.x[0].len()), ("speed".to_owned(), 12));
    // A series has no second column but its index.
    assert!(said(&file("written/pandas-series.csv"), &Request::default()).ends_with("--x 1 --y 0"));
    let series = read(&file("written/pandas-series.csv"), &asked(&[("x", "1"), ("y", "0")])).unwrap();
    assert_eq!(numbers(&series).1, level);
}

/// How a shape of a table is read.
struct Shape {
    what: &'static str,
    text: String,
    flags: &'static [(&'static str, &'static str)],
    said: &'static str,
    /// x and y of the second row.
    second: [f64; 2],
}

/// Lines of `rows`, made from numbers.
fn lines(row: impl Fn(usize) -> String) -> String {
    (0..8).map(|i| row(i) + "\n").collect()
}

/// Made in the manner of exports, loggers and instruments.
#[test]
fn shapes_of_tables_are_read_rightly() {
    let comma = |i: usize| format!("{}", i as f64 + 0.25).replace('.', ",");
    let shape = |what, text: String, flags, said, second| Shape { what, text, flags, said, second };
    let shapes = [
        shape(
            "German spreadsheet",
            "Datum;Temperatur (°C);Notiz\r\n".to_owned() + &lines(|i| format!("{:02}.03.2021;{};{}\r", i + 1, comma(i), if i == 3 { "Regen, stark" } else { "" })),
            &[],
            "y = Temperatur (°C), x = Datum (dates); 8 rows, separator \";\", decimal comma, without Notiz (words)",
            [18_688.0, 1.25],
        ),
        shape(
            "French spreadsheet",
            "\u{feff}Mois;Chiffre (€)\n".to_owned() + &["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août"].map(|month| format!("{month} 2020;1\u{202f}234,50\n")).concat(),
            &[],
            "y = Chiffre (€), x = Mois (dates); 8 rows, separator \";\", decimal comma",
            [18_293.0, 1234.5],
        ),
        shape(
            "United States spreadsheet",
            "Date,Sales\n".to_owned() + &lines(|i| format!("3/{}/2021,\"$1,2{i}4.50\"", 12 + i)),
            &[],
            "y = Sales ($), x = Date (dates); 8 rows, separator \",\"",
            [18_699.0, 1214.5],
        ),
        shape("Italian months", "Data;Valore\n".to_owned() + &lines(|i| format!("{:02}/gen/2021;{}", i + 1, comma(i))), &[], "y = Valore, x = Data (dates); 8 rows, separator \";\", decimal comma", [18_629.0, 1.25]),
        shape("Japanese dates", "日付,値\n".to_owned() + &lines(|i| format!("2021年{}月1日,{i}", i + 1)), &[], "y = 値, x = 日付 (dates); 8 rows, separator \",\"", [18_659.0, 1.0]),
        shape(
            "logger with date and time apart",
            "Station: Foo\nLat: 52.1 Lon: 13.2\n\nDate\tTime\tTemp\n\t\t°C\n".to_owned() + &lines(|i| format!("2021-05-01\t{i:02}:30:00\t{i}.5")),
            &[],
            "y = Temp (°C), x = Date and Time (dates); 8 rows, separated by tabs, 2 lines skipped: above the table",
            [18_748.0 + 1.5 / 24.0, 1.5],
        ),
        shape(
            "logger of four header lines",
            "\"TOA5\",\"CR1000\",\"CR1000\",\"1234\"\n\"TIMESTAMP\",\"RECORD\",\"AirTC_Avg\"\n\"TS\",\"RN\",\"Deg C\"\n\"\",\"\",\"Avg\"\n".to_owned() + &lines(|i| format!("\"2021-05-01 {i:02}:00:00\",{},{i}.5", 100 + i)),
            &[],
            "y = AirTC_Avg (Deg C), x = TIMESTAMP (dates); 8 rows, separator \",\", without RECORD (row numbers), 1 line skipped: above the table, 1 line skipped: between names and data",
            [18_748.0 + 1.0 / 24.0, 1.5],
        ),
        shape("gnuplot", "# t  U\n".to_owned() + &lines(|i| format!("{i}.5 {}e-1{}", i * 2, if i == 3 { "\n\n" } else { "" })), &[], "y = U, x = t; 8 rows, separated by spaces, names in the comment of line 1", [1.5, 0.2]),
        shape("Matlab", lines(|i| format!("   {i}.0000000e+00   {i}.5000000e+00\r")), &[], "y = column 2, x = column 1; 8 rows, separated by spaces, no header", [1.0, 1.5]),
        shape("Fortran", lines(|i| format!("  {i}.500  0.{i}00D+02")), &[], "y = column 2, x = column 1; 8 rows, separated by spaces, no header", [1.5, 10.0]),
        shape(
            "instrument with a preamble as wide as the table",
            "Instrument,SpectroX\nOperator,Jane\nDate,2021-01-01\n\nWavelength,Absorbance\nnm,a.u.\n".to_owned() + &lines(|i| format!("{},0.{i}", 400 + i)),
            &[],
            "y = Absorbance (a.u.), x = Wavelength (nm); 8 rows, separator \",\", 3 lines skipped: above the table",
            [401.0, 0.1],
        ),
        shape(
            "data portal with a preamble of quoted lines",
            "\u{feff}\"Data Source\",\"World Indicators\",\n\n\"Last Updated\",\"2023-01-01\",\n\n\"Country\",\"Year\",\"Value\"\n".to_owned() + &lines(|i| format!("\"Chad\",\"{}\",\"{i}\"", 1990 + i)),
            &[],
            "y = Value, x = Year; 8 rows, separator \",\", without Country (words), 2 lines skipped: above the table",
            [1991.0, 1.0],
        ),
        shape("quarters and a colon for missing", "time\tgeo\tvalue\n".to_owned() + &lines(|i| format!("20{}-Q{}\tDE\t{}", 10 + i / 4, i % 4 + 1, if i == 6 { ": ".to_owned() } else { i.to_string() })), &[], "y = value, x = time (dates); 7 rows, separated by tabs, without geo (words), 1 row skipped: : in y", [14_700.0, 1.0]),
        shape("offsets from UTC", "t,v\n".to_owned() + &lines(|i| format!("2021-03-28T0{i}:00:00+01:00,{i}")), &[], "y = v, x = t (dates); 8 rows, separator \",\"", [18_714.0, 1.0]),
        shape("names of two words over columns of fixed width", "Wind speed   Power output\n".to_owned() + &lines(|i| format!("{i:10.2}   {:12.3}", i as f64 + 0.5)), &[], "y = Power output, x = Wind speed; 8 rows, separated by spaces", [1.0, 1.5]),
        shape("Markdown", "| x | y |\n|---|--:|\n".to_owned() + &lines(|i| format!("| {i} | {i}.5 |")), &[], "y = y, x = x; 8 rows, separator \"|\"", [1.0, 1.5]),
        shape("database in the terminal", " id | reading\n----+---------\n".to_owned() + &lines(|i| format!("  {i} | {i}.5")) + "(8 rows)\n", &[("x", "id"), ("y", "reading")], "y = reading, x = id; 8 rows, separator \"|\", 1 line skipped: below the table", [1.0, 1.5]),
        shape("percent", "x,share\n".to_owned() + &lines(|i| format!("{i},{i}.5%")), &[], "y = share (%), x = x; 8 rows, separator \",\"", [1.0, 1.5]),
        shape("apostrophes for quotes", "'t','v'\n".to_owned() + &lines(|i| format!("'{i}','{i}.5'")), &[], "y = v, x = t; 8 rows, separator \",\"", [1.0, 1.5]),
        shape("quotes after backslashes", "x,y,note\n".to_owned() + &lines(|i| format!("{i},{i}.5,\"say \\\"hi\\\"\"")), &[], "y = y, x = x; 8 rows, separator \",\", without note (words)", [1.0, 1.5]),
        shape("hours as digits", "ID;MESS_DATUM;TT;eor\n".to_owned() + &lines(|i| format!("  3987;202101010{i}; {i}.5;eor")), &[("x", "MESS_DATUM"), ("y", "TT")], "y = TT, x = MESS_DATUM (dates); 8 rows, separator \";\", without ID (numbers), eor (words)\nnote: MESS_DATUM: 2021010100 and the like were read as dates", [18_628.0 + 1.0 / 24.0, 1.5]),
        shape("times of day", "Uhrzeit;Leistung\n".to_owned() + &lines(|i| format!("{:02}:30;{i}", i + 6)), &[], "y = Leistung, x = Uhrzeit (times of day); 8 rows, separator \";\"", [7.5 / 24.0, 1.0]),
        shape("years of two digits", "Month,Sales\n".to_owned() + &lines(|i| format!("Jan-{:02},{i}", 70 + i)), &[], "y = Sales, x = Month (dates); 8 rows, separator \",\"\nnote: Month: years of two digits were read as 1969 to 2068; if others are meant, write four digits", [365.0, 1.0]),
        shape("note below", "Year,Pop\n".to_owned() + &lines(|i| format!("{},{i}", 1990 + i)) + "\nSource: Census Bureau\n", &[], "y = Pop, x = Year; 8 rows, separator \",\", 1 line skipped: below the table", [1991.0, 1.0]),
        shape("separator said by the file", "sep=;\r\nx;y\r\n".to_owned() + &lines(|i| format!("{i};{i}.5\r")), &[], "y = y, x = x; 8 rows, separator \";\"", [1.0, 1.5]),
        shape("separators at the end of all rows", "x,y\n".to_owned() + &lines(|i| format!("{i},{i}.5,")), &[], "y = y, x = x; 8 rows, separator \",\"", [1.0, 1.5]),
        shape("units below in brackets", "time,force\n(s),(N)\n".to_owned() + &lines(|i| format!("{i},{i}.5")), &[], "y = force (N), x = time (s); 8 rows, separator \",\"", [1.0, 1.5]),
        shape("names and units in comments", "# made by hand\n# time temp\n# [s] [K]\n".to_owned() + &lines(|i| format!("{i} {i}.5")), &[], "y = temp (K), x = time (s); 8 rows, separated by spaces, names in the comment of line 2", [1.0, 1.5]),
        shape("comments inside", "x,y\n".to_owned() + &lines(|i| format!("{i},{i}.5\n# sensor moved, 3")), &[], "y = y, x = x; 8 rows, separator \",\"", [1.0, 1.5]),
        shape("afternoons", "Timestamp,kWh\n".to_owned() + &lines(|i| format!("1/13/2021 {}:30:00 PM,{i}.5", i + 1)), &[], "y = kWh, x = Timestamp (dates); 8 rows, separator \",\"", [18_640.0 + 14.5 / 24.0, 1.5]),
        shape("thousands with points", "Tag\tWert\n".to_owned() + &lines(|i| format!("{}. Januar 2021\t1.23{i},5", i + 1)), &[], "y = Wert, x = Tag (dates); 8 rows, separated by tabs, decimal comma", [18_629.0, 1231.5]),
        shape("minus of U+2212", "x;y\n".to_owned() + &lines(|i| format!("{i};\u{2212}{i}.5")), &[], "y = y, x = x; 8 rows, separator \";\"", [1.0, -1.5]),
        shape("a colon, as asked for", "x:y\n".to_owned() + &lines(|i| format!("{i}:{i}.5")), &[("separator", ":")], "y = y, x = x; 8 rows, separator \":\"", [1.0, 1.5]),
        shape("a name with a comma", "\"T, in\",\"T, out\",z\n".to_owned() + &lines(|i| format!("{i},{i}.5,3")), &[("x", "T, in"), ("y", "T, out")], "y = T, out, x = T, in; 8 rows, separator \",\", without z (numbers)", [1.0, 1.5]),
    ];
    for Shape { what, text, flags, said: expected, second } in shapes {
        assert_eq!(said(text.as_bytes(), &asked(flags)), expected, "{what}:\n{text}");
        let table = read(text.as_bytes(), &asked(flags)).unwrap();
        let (x, y) = numbers(&table);
        assert!((x[1] - second[0]).abs() < 1e-9 && y[1] == second[1], "{what}: {} {}", x[1], y[1]);
    }
}

#[test]
fn names_win_over_numbers_and_several_columns_can_be_asked_for() {
    let text = b"2,1,b (m),b (m)\n10,20,30,5\n11,21,31,6\n12,22,33,8\n";
    let of = |x: &str, y: &str| {
        read(text, &asked(&[("x", x), ("y", y), ("header", "yes")]))
            .map(|table| (table.x.concat()[0], numbers(&table).1[0]))
    };
    assert_eq!(of("2", "1").unwrap(), (10.0, 20.0));
    assert_eq!(of("3", "4").unwrap(), (30.0, 5.0));
    assert!(of("b", "1").unwrap_err().to_string().contains("is that of the columns 3 and 4"));
    let several = read(text, &asked(&[("x", "1,3"), ("y", "2"), ("header", "yes")])).unwrap();
    assert_eq!(several.x, [[20.0, 21.0, 22.0], [30.0, 31.0, 33.0]]);
    for twice in ["1,3,1", "3-4,4"] {
        let error = read(text, &asked(&[("x", twice), ("y", "2"), ("header", "yes")])).unwrap_err();
        assert!(error.to_string().contains("is asked for twice as x"), "{error}");
    }
}

#[test]
fn a_column_of_words_is_classes() {
    let table = read(b"a,b,kind\n1,2,red\n2,3,blue\n3,4,red\n", &asked(&[("x", "a,b"), ("y", "kind")])).unwrap();
    assert_eq!(table.y, Values::Classes { names: vec!["red".to_owned(), "blue".to_owned()], of: vec![0, 1, 0] });
    assert_eq!((table.reading.columns[2].kind, table.x.len()), (Kind::Words, 2));
}

#[test]
fn a_thousand_words_are_classes_and_one_more_is_refused() {
    let table = |words: usize| {
        format!("n,kind\n{}", (0..2 * words).map(|i| format!("{i},w{}\n", i % words)).collect::<String>())
    };
    let request = asked(&[("x", "n"), ("y", "kind")]);
    let Values::Classes { names, of } = read(table(1000).as_bytes(), &request).unwrap().y else { panic!("no classes") };
    assert_eq!((names.len(), &names[999][..], of[1999]), (1000, "w999", 999));
    let error = read(table(1001).as_bytes(), &request).unwrap_err();
    assert_eq!(error.place.map(|place| (place.line, place.column)), Some((1002, 6)));
}

#[test]
fn a_comma_between_a_number_and_a_name_with_spaces_is_a_separator() {
    let said = said(b"n,name\n1,name 1\n2,name 2\n3,name 3\n", &asked(&[("x", "n"), ("y", "name")]));
    assert_eq!(said, "y = name, x = n; 3 rows, separator \",\"");
}

#[test]
fn columns_called_y_and_x_are_what_they_are_called() {
    for (names, read_as) in [("y,x", "y = y, x = x"), ("Y,X", "y = Y, x = X"), ("y,z", "y = z, x = y")] {
        let said = said(format!("{names}\n1,5\n2,7\n3,6\n").as_bytes(), &Request::default());
        assert!(said.starts_with(read_as), "{said}");
    }
}

#[test]
fn a_reading_says_all_that_was_found() {
    let table = read("# made\nt;U [V]\n0,5;1,25\n1,5;\n".as_bytes(), &Request::default()).unwrap();
    let reading = &table.reading;
    assert_eq!(
        (reading.separator, reading.decimal, reading.header),
        (Separator::Character(b';'), Decimal::Comma, Header::Line(2))
    );
    assert_eq!((reading.rows, reading.comments, reading.skipped[0].count), (1, 1, 1));
    assert_eq!((&*reading.columns[1].unit, &*reading.y_title()), ("V", "U [V]"));
}

#[test]
fn constants_are_left_out_where_more_than_two_columns_would_remain() {
    let three = said(b"x,y,station\n1,2,7\n2,5,7\n3,4,7\n", &Request::default());
    assert_eq!(three, "y = y, x = x; 3 rows, separator \",\", without station (numbers)");
    assert!(said(b"x,y\n1,7\n2,7\n3,7\n", &Request::default()).starts_with("y = y, x = x"), "a constant y alone stays");
}

#[test]
fn utf_16_is_known_without_a_byte_order_mark() {
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes: Vec<u8> = "Zeit;Wert\r\n0;1,5\r\n1;2,5\r\n2;4,5\r\n".encode_utf16().flat_map(order).collect();
        assert_eq!(numbers(&read(&bytes, &Request::default()).unwrap()).1, [1.5, 2.5, 4.5]);
    }
}

#[test]
fn a_first_row_with_a_bad_cell_is_no_header() {
    let said = said(b"x,y,z\n1,2,oops\n2,3,4\n3,5,5\n4,6,7\n", &asked(&[("x", "x"), ("y", "z")]));
    assert!(said.starts_with("error: column 3 (z): \"oops\" is not a number\n2:5 | 1,2,oops\n"), "{said}");
}

/// All rows are looked at where the first ones leave a doubt or something else comes later.
#[test]
fn what_decides_may_stand_far_below() {
    let many = |row: &str| row.repeat(3000);
    let later = format!("d,y\n{}20/04/2020,9\n", many("03/04/2020,1\n04/04/2020,2\n"));
    let table = read(later.as_bytes(), &Request::default()).unwrap();
    assert_eq!(written_date(table.x[0][0], 1.0), "2020-04-03");
    let later = format!("x;y\n{}5;0,5\n", many("1;1\n2;2\n"));
    let table = read(later.as_bytes(), &Request::default()).unwrap();
    assert_eq!((table.reading.decimal, numbers(&table).1[6000]), (Decimal::Comma, 0.5));
    let dates = asked(&[("dates", "month-first")]);
    assert_eq!(dates.dates, Some(Order::MonthDayYear));
    let table = read(b"d,y\n03/04/2020,1\n04/05/2020,2\n", &dates).unwrap();
    assert_eq!(written_date(table.x[0][0], 1.0), "2020-03-04");
}

/// What is said of tables that cannot be used: found, where, and the way out.
#[test]
fn messages() {
    let bytes = |text: &str| text.as_bytes().to_vec();
    let long = format!("x,y\n1,{}\n", "7".repeat(70_000));
    let names = format!("n,name\n{}", (1..=1001).map(|i| format!("{i},name {i}\n")).collect::<String>());
    let cases: Vec<(&str, Vec<u8>, &[(&str, &str)])> = vec![
        ("nothing", bytes(""), &[]),
        ("blank lines", bytes("\n \n"), &[]),
        ("comments alone", bytes("# a\n# b\n"), &[]),
        ("names alone", bytes("x,y\n"), &[]),
        ("one column", bytes("x\n1\n2\n3\n"), &[]),
        ("three columns of numbers", bytes("a,b,c\n1,2,3\n2,5,4\n3,4,9\n"), &[]),
        (
            "dates and two columns of numbers",
            bytes("day,high,low\n2021-01-01,5,1\n2021-01-02,6,0\n2021-01-03,4,-2\n"),
            &[],
        ),
        ("words and one column of numbers", bytes("group,y\na,1\nb,2\na,3\n"), &[]),
        ("words alone", bytes("a,b\nu,v\nw,x\n"), &[]),
        ("row numbers and one column", bytes("\"\",\"x\"\n\"1\",5.5\n\"2\",6.5\n\"3\",7\n"), &[]),
        ("a name that is not there", bytes("speed,dist\n4,2\n7,4\n8,16\n"), &[("x", "sped"), ("y", "dist")]),
        ("a number too large", bytes("speed,dist\n4,2\n7,4\n"), &[("x", "3"), ("y", "dist")]),
        ("two columns of one name", bytes("a,a,b\n1,2,3\n2,3,5\n"), &[("x", "a"), ("y", "b")]),
        ("one column twice", bytes("a,b\n1,2\n2,3\n"), &[("x", "a"), ("y", "1")]),
        ("words for x", bytes("a,b,c\nu,2,3\nv,3,5\n"), &[("x", "a"), ("y", "b")]),
        ("dates for y", bytes("a,b\n1,2020-01-01\n2,2020-01-02\n"), &[("x", "a"), ("y", "b")]),
        ("a word among numbers", bytes("x,y\n1,2\n2,3\n3,four\n"), &[]),
        ("a word of commas among numbers", bytes("x;y\n1;2\n2;3\n3;n/a, lost\n"), &[]),
        ("a total below", bytes("month,y\n2020-01,2\n2020-02,3\n2020-03,4\nTotal,9\n"), &[]),
        ("infinity", bytes("x,y\n1,2\n2,3\n3,-inf\n"), &[]),
        ("a number beyond 1e18", bytes("x,y\n1,2\n2,3\n3,1e19\n"), &[]),
        ("a number beyond double precision", bytes("x,y\n1,2\n2,3\n3,1e999\n"), &[]),
        ("a number below double precision", bytes("x,y\n1,2\n2,0e-999\n3,1e-999\n"), &[]),
        ("hexadecimal", bytes("x,y\n1,2\n2,3\n3,0x1F\n"), &[]),
        ("an error of a spreadsheet", bytes("x,y\n1,2\n2,3\n3,#DIV/0!\n"), &[]),
        ("two units", bytes("x,m\n1,2 kg\n2,3 kg\n3,4 g\n"), &[]),
        ("a decimal comma among points", bytes("x;y\n1;2.5\n2;3.5\n3;3,5\n"), &[]),
        ("decimal commas between commas", bytes("x,y\n0,5,1,25\n1,5,2,25\n2,5,3,25\n"), &[]),
        ("thousands between commas", bytes("x,y\n1,500\n2,1,500\n3,700\n"), &[]),
        ("comma for thousands or decimals", bytes("x;y\n1;1,234\n2;2,345\n"), &[]),
        ("point for thousands or decimals", bytes("x;y\n1;1.234\n2;345\n"), &[]),
        ("day or month first", bytes("d,y\n03/04/2020,1\n04/05/2020,2\n"), &[]),
        ("a month of 13", bytes("d,y\n2020-01-31,1\n2020-02-29,2\n2020-13-01,3\n"), &[]),
        (
            "zones that differ",
            bytes("t,y\n2020-01-01 00:00 CET,1\n2020-01-01 01:00 CET,2\n2020-07-01 00:00 CEST,3\n"),
            &[],
        ),
        ("a row too short", bytes("x,y\n1,2\n2\n3,4\n"), &[]),
        ("a row too long", bytes("x,name,y\n1,a,2\n2,b,c,3\n3,d,4\n"), &[]),
        ("more names than columns", bytes("t\tU\tcomment\n0\t1.5\n1\t2.5\n"), &[]),
        ("a quote that never closes", bytes("x,y,note\n1,2,\"ok\n2,3,ok\n3,4,ok\n"), &[]),
        ("a quote that closes too late", bytes("x,y,note\n1,2,\"ok\n2,3,ok\n3,4,ok\n4,5,\"\n"), &[]),
        ("something behind a quote", bytes("x,y,note\n1,2,\"so\" it\n2,3,ok\n"), &[]),
        ("a long cell", bytes(&long), &[]),
        ("a byte 0", b"x,y\n1,2\n2,\x003\n".to_vec(), &[]),
        ("a spreadsheet", b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml".to_vec(), &[]),
        ("an old spreadsheet", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), &[]),
        ("a picture", b"\x89PNG\r\n\x1a\n\0\0".to_vec(), &[]),
        ("more words than there may be classes", bytes(&names), &[("x", "n"), ("y", "name")]),
        ("a damaged gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03abc".to_vec(), &[]),
        ("a web page", bytes("<!DOCTYPE html>\n<html><body>Log in</body></html>"), &[]),
        ("JSON", bytes("[{\"x\": 1, \"y\": 2}]"), &[]),
    ];
    let mut all = String::new();
    for (what, bytes, flags) in cases {
        let said = said(&bytes, &asked(flags));
        assert!(said.starts_with("error: ") && said.contains("\nhelp: "), "{what} is read: {said}");
        // Of a long line the beginning will do.
        let lines: Vec<String> = said.lines().map(|line| line.chars().take(200).collect()).collect();
        let flags: String = flags.iter().map(|(flag, value)| format!(" --{flag} {value}")).collect();
        let _ = writeln!(all, "# {what}{flags}\n{}\n", lines.join("\n"));
    }
    insta::assert_snapshot!(all);
}

/// How a table is written.
#[derive(Clone, Debug)]
struct Dialect {
    separator: u8,
    decimal: char,
    end: &'static str,
    quoted: bool,
    encoding: &'static str,
    final_end: bool,
    row_numbers: bool,
}

fn dialect() -> impl Strategy<Value = Dialect> {
    let separator = prop::sample::select(&b",;\t|"[..]);
    let end = prop::sample::select(vec!["\n", "\r\n", "\r"]);
    let encoding = prop::sample::select(vec!["utf-8", "utf-8 with mark", "utf-16le", "utf-16be", "gzip"]);
    let decimal = prop::sample::select(vec!['.', ',']);
    (separator, decimal, end, any::<bool>(), encoding, any::<bool>(), any::<bool>()).prop_map(
        |(separator, decimal, end, quoted, encoding, final_end, row_numbers)| Dialect {
            separator,
            decimal,
            end,
            quoted,
            encoding,
            final_end,
            row_numbers,
        },
    )
}

fn write(dialect: &Dialect, names: [&str; 2], rows: &[(f64, f64)]) -> Vec<u8> {
    let style = if dialect.quoted { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
    let terminator = match dialect.end {
        "\r\n" => csv::Terminator::CRLF,
        end => csv::Terminator::Any(end.as_bytes()[0]),
    };
    let mut writer = csv::WriterBuilder::new()
        .delimiter(dialect.separator)
        .quote_style(style)
        .terminator(terminator)
        .from_writer(Vec::new());
    let number = |value: f64| format!("{value}").replace('.', &dialect.decimal.to_string());
    let first = |text: String| dialect.row_numbers.then_some(text);
    writer.write_record(first(String::new()).into_iter().chain(names.map(str::to_owned))).unwrap();
    for (i, &(x, y)) in rows.iter().enumerate() {
        writer.write_record(first(i.to_string()).into_iter().chain([number(x), number(y)])).unwrap();
    }
    let mut text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
    if !dialect.final_end {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    match dialect.encoding {
        "utf-8 with mark" => format!("\u{feff}{text}").into_bytes(),
        "utf-16le" => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "gzip" => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(text.as_bytes()).unwrap();
            packed.finish().unwrap()
        }
        _ => text.into_bytes(),
    }
}

proptest! {
    #[test]
    fn every_dialect_comes_back(
        dialect in dialect(),
        names in ["q[a-zà-ÿ ,;|\"'()°/\\.]{0,12}", "p[a-zà-ÿ ,;|\"'()°/\\.]{0,12}"],
        rows in prop::collection::vec((-1e6..1e6_f64, prop_oneof![-1e-9..1e-9_f64, -1e17..1e17_f64, -9.0..9.0_f64]), 1..40),
    ) {
        // Rows that leave no doubt about the decimal mark, and no column constant.
        let mut rows = rows;
        rows.extend([(0.5, 0.25), (1.5, 0.75)]);
        let bytes = write(&dialect, [&names[0], &names[1]], &rows);
        let table = read(&bytes, &Request::default());
        prop_assert!(table.is_ok(), "{:?}\n{}", table, String::from_utf8_lossy(&bytes));
        let table = table.unwrap();
        let (x, y): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        prop_assert_eq!(numbers(&table), (&x[..], &y[..]));
        let clean = |name: &String| name.split_whitespace().collect::<Vec<_>>().join(" ");
        let found: Vec<String> = table.reading.x.iter().chain([&table.reading.y]).map(|&column| table.reading.columns[column].name.clone()).collect();
        prop_assert_eq!(found, names.iter().map(clean).collect::<Vec<_>>());
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, &Request::default());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "([0-9.,;: \t\n\r\"'#%/+eE−°é\\\\|-]|NA|Jan|x){0,80}", x in "[0-9a,\"]{0,3}", missing in "[-0-9,.\"]{0,6}") {
        let _ = read(text.as_bytes(), &Request { x, missing, ..Request::default() });
    }
}
