//! Which networks there are, and how they start.

use super::{Allowed, Setting, join, or_auto, put, put_list, put_list_or_none, put_or_auto};
use crate::architecture::Activation;

pub(super) const GROUP: &[Setting] = &[
    Setting {
        name: "widths",
        placeholder: "LIST",
        unit: "hidden units",
        allowed: Allowed::Whole(1, 1024),
        list: true,
        help: "Widths of the networks to train, separated by commas",
        get: |s| join(&s.widths),
        put: |s, text| put_list(&mut s.widths, text),
    },
    Setting {
        name: "layers",
        placeholder: "LIST",
        unit: "hidden units",
        allowed: Allowed::Layers,
        list: false,
        help: "Units of the hidden layers of one network, in place of widths; empty for widths",
        get: |s| join(&s.layers),
        put: |s, text| put_list_or_none(&mut s.layers, text),
    },
    Setting {
        name: "activation",
        placeholder: "WORD",
        unit: "",
        allowed: Allowed::Words(Activation::WORDS),
        list: false,
        help: "Function of the hidden units",
        get: |s| s.activation.to_string(),
        put: |s, text| put(&mut s.activation, text),
    },
    Setting {
        name: "init",
        placeholder: "WORD",
        unit: "",
        allowed: Allowed::Words(&["auto", "notebook", "one-place", "pytorch", "kaiming", "glorot", "zero"]),
        list: false,
        help: "How networks start; auto: as in the notebook for one input, otherwise as in PyTorch",
        get: |s| or_auto(s.init.as_ref()),
        put: |s, text| put_or_auto(&mut s.init, text),
    },
    Setting {
        name: "loss",
        placeholder: "WORD",
        unit: "",
        allowed: Allowed::Words(&["auto", "squared-error", "logistic", "cross-entropy"]),
        list: false,
        help: "What training makes small; auto: squared error of values, logistic for two classes, cross-entropy for more",
        get: |s| or_auto(s.loss.as_ref()),
        put: |s, text| put_or_auto(&mut s.loss, text),
    },
];
