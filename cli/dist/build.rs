//! Lists the builds that the program is to hold: the files of the folder `ELBOW_BUILDS`, each named after its level.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=ELBOW_BUILDS");
    let mut list = String::from("&[");
    if let Some(folder) = env::var_os("ELBOW_BUILDS") {
        println!("cargo::rerun-if-changed={}", Path::new(&folder).display());
        for level in ["x86-64-v4", "x86-64-v3"] {
            let file = fs::canonicalize(Path::new(&folder).join(level))?;
            list += &format!("({level:?}, include_bytes!({:?})),", file.display().to_string());
        }
    }
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&out).join("builds.rs"), list + "]")
}
