//! The processor this program was built for, and the one it runs on.
//!
//! Every build computes the same bits; which vector instructions it uses decides its speed alone. A build that meets a
//! processor without them would die of an illegal instruction, so [`missing`] is asked before anything else.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::LazyLock;

/// What the kernels of this build compute with.
pub const VECTORS: &str = if cfg!(target_feature = "avx512f") {
    "AVX-512"
} else if cfg!(target_feature = "avx2") {
    "AVX2"
} else if cfg!(target_feature = "avx") {
    "AVX"
} else if cfg!(target_feature = "sse2") {
    "SSE2"
} else if cfg!(target_feature = "neon") {
    "NEON"
} else {
    "no vector instructions"
};

/// The version, and which path through the kernels runs: `0.1.0 (x86_64, AVX-512)`.
pub static VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{} ({}, {VECTORS})", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH));

/// An extension that this build uses and this processor lacks.
///
/// Only what compilers use of their own accord is asked for. std's macro for the question answers without looking where
/// the build has the extension, so the processor itself is asked: leaves, registers and bits are those of `CPUID` in
/// Intel's Software Developer's Manual, volume 2A, and AMD's Programmer's Manual, volume 3, appendix E.
#[cfg(target_arch = "x86_64")]
pub fn missing() -> Option<&'static str> {
    use std::arch::x86_64::__cpuid_count;
    /// The results of `CPUID`, in the order of [`std::arch::x86_64::CpuidResult`].
    const EBX: usize = 1;
    const ECX: usize = 2;
    /// A row for each extension: its name, whether this build has it, leaf, register and bit.
    macro_rules! table {
        ($($name:literal: $leaf:literal $register:ident $bit:literal),* $(,)?) => {
            [$(($name, cfg!(target_feature = $name), $leaf, $register, $bit)),*]
        };
    }
    let table: [(&str, bool, u32, usize, u32); _] = table![
        "avx512f": 7 EBX 16, "avx512dq": 7 EBX 17, "avx512cd": 7 EBX 28, "avx512bw": 7 EBX 30, "avx512vl": 7 EBX 31,
        "avx512ifma": 7 EBX 21, "avx512vbmi": 7 ECX 1, "avx512vbmi2": 7 ECX 6, "avx512vnni": 7 ECX 11,
        "avx512bitalg": 7 ECX 12, "avx512vpopcntdq": 7 ECX 14, "gfni": 7 ECX 8, "vaes": 7 ECX 9,
        "vpclmulqdq": 7 ECX 10, "avx2": 7 EBX 5, "bmi1": 7 EBX 3, "bmi2": 7 EBX 8, "adx": 7 EBX 19,
        "avx": 1 ECX 28, "fma": 1 ECX 12, "f16c": 1 ECX 29, "movbe": 1 ECX 22, "popcnt": 1 ECX 23,
        "sse3": 1 ECX 0, "ssse3": 1 ECX 9, "sse4.1": 1 ECX 19, "sse4.2": 1 ECX 20, "cmpxchg16b": 1 ECX 13,
        "lzcnt": 0x8000_0001 ECX 5, "sse4a": 0x8000_0001 ECX 6, "tbm": 0x8000_0001 ECX 21,
    ];
    for (name, built, leaf, register, bit) in table {
        if !built {
            continue;
        }
        // A leaf above the last one has no meaning.
        let known = __cpuid_count(leaf & 0x8000_0000, 0).eax >= leaf;
        let found = __cpuid_count(leaf, 0);
        let word = [found.eax, found.ebx, found.ecx, found.edx][register];
        if !known || word >> bit & 1 == 0 {
            return Some(name);
        }
    }
    // Registers of AVX and AVX-512 can be used if the operating system has enabled them, which it does in XCR0: state
    // components 2 and 7, which include the lower ones (Intel's manual, volume 1, 13.1 and 13.2). To read XCR0 would be
    // unsafe code; leaf 13 tells how far all that is enabled reaches, and where each component ends.
    let is_enabled = |component: u32| {
        const OSXSAVE: u32 = 1 << 27;
        let (all, of) = (__cpuid_count(13, 0), __cpuid_count(13, component));
        __cpuid_count(1, 0).ecx & OSXSAVE != 0 && all.ebx >= of.eax + of.ebx
    };
    if cfg!(target_feature = "avx512f") && !is_enabled(7) {
        return Some("an operating system that enables AVX-512");
    }
    if cfg!(target_feature = "avx") && !is_enabled(2) {
        return Some("an operating system that enables AVX");
    }
    None
}

/// Not known: nothing is asked of other processors.
#[cfg(not(target_arch = "x86_64"))]
pub fn missing() -> Option<&'static str> {
    None
}

/// Gives the process its name, under which `ps`, `top` and `pkill` know it: a build that was started from memory has a
/// number there.
pub fn name_process() {
    #[cfg(target_os = "linux")]
    // Where the name cannot be set, nothing else is amiss.
    let _ = rustix::thread::set_name(c"elbow");
}

/// Says that this build cannot run here. Nothing is formatted but text, by code of the standard library, which any
/// processor can run.
#[cold]
#[inline(never)]
pub fn refuse(extension: &'static str) -> ExitCode {
    let mut stderr = std::io::stderr();
    for text in [
        "error: this elbow was built for processors with ",
        VECTORS,
        ", and this one lacks ",
        extension,
        "\nhelp: build it on this machine with cargo, or use the archive that holds a build for every processor \
         (docs/install.md)\n",
    ] {
        // If nobody listens any more, the exit code still tells.
        let _ = stderr.write_all(text.as_bytes());
    }
    ExitCode::FAILURE
}
