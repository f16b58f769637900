//! All settings of the study, from the one table that describes them.

use maud::{Markup, html};
use nn::settings::{SETTINGS, Setting, Settings};

use crate::report::runs::Overview;

/// The table of settings.
pub fn section(overview: &Overview) -> Markup {
    table(&|setting| setting.shown(&overview.study.settings))
}

/// The table of the values that settings have.
pub fn table(shown: &dyn Fn(&Setting) -> String) -> Markup {
    let changed = SETTINGS.iter().filter(|setting| shown(setting) != setting.shown(&Settings::default())).count();
    html! {
        section #settings {
            h2 { "Settings" }
            p {
                @if changed == 0 { "All settings have their defaults. " }
                @else { "Settings that differ from their defaults are in bold: " (changed) " of " (SETTINGS.len()) ". " }
                "Equal settings give equal networks, bit for bit, on any machine and with any number of threads."
            }
            details.all open[changed > 0] {
                summary { "All " (SETTINGS.len()) " settings" }
                div.rows tabindex="0" role="group" aria-label="Table, scrolls" {
                    table.settings {
                        thead {
                            tr { @for header in ["Setting", "Value", "Default", "Meaning"] { th scope="col" { (header) } } }
                        }
                        tbody {
                            @for setting in SETTINGS {
                                @let (value, default) = (shown(setting), setting.shown(&Settings::default()));
                                tr.changed[value != default] {
                                    th scope="row" { code { (setting.name) } }
                                    td {
                                        @if value == default { (value) } @else { strong { (value) } }
                                        " " span.unit { (setting.unit) }
                                    }
                                    td { (default) }
                                    td { (setting.help) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
