//! Runs the `image-cache` binary as its users do, on small real files.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use weakref_examples::image_cache::photo;
use weakref_examples::scratch::ScratchDir;

/// A directory for a test's images and one that the program takes for the system's temporary directory.
struct Bench {
    root: ScratchDir,
}

impl Bench {
    fn new() -> Self {
        let root = ScratchDir::new("image-cache-test").unwrap();
        fs::create_dir(root.path().join("images")).unwrap();
        fs::create_dir(root.path().join("tmp")).unwrap();
        Self { root }
    }

    fn with_photos(count: usize) -> Self {
        let bench = Self::new();
        for index in 0..count {
            photo::write(&bench.images(), index, 0.01).unwrap();
        }
        bench
    }

    fn images(&self) -> PathBuf {
        self.root.path().join("images")
    }

    fn tmp(&self) -> PathBuf {
        self.root.path().join("tmp")
    }

    fn run_on_images<const N: usize>(&self, options: [&str; N]) -> Run {
        let images = self.images();
        self.run(
            [images.as_os_str()]
                .into_iter()
                .chain(options.map(OsStr::new)),
        )
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_image-cache"));
        command
            .env("TMPDIR", self.tmp())
            .env("TMP", self.tmp())
            .env("TEMP", self.tmp());
        command
    }

    fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        Run::new(self.command().args(arguments).output().unwrap())
    }

    /// What the program left behind in its temporary directory.
    fn left_behind(&self) -> Vec<String> {
        let entries = fs::read_dir(self.tmp()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Run {
    fn new(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn assert_code(&self, code: i32) {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.out,
            self.err
        );
    }

    /// The cells of the row that begins with `label`, one a mode.
    fn row<const N: usize>(&self, label: &str) -> [&str; N] {
        let row = self.out.lines().find_map(|line| line.strip_prefix(label));
        let row = row.unwrap_or_else(|| panic!("no row {label:?} in\n{}", self.out));
        let cells: Vec<&str> = row.split_whitespace().collect();
        cells
            .try_into()
            .unwrap_or_else(|cells| panic!("{label}: {cells:?}"))
    }

    fn numbers<const N: usize>(&self, label: &str) -> [u64; N] {
        self.row(label)
            .map(|cell| cell.replace(',', "").parse().unwrap())
    }

    fn sheet(&self) -> PathBuf {
        let path = self
            .out
            .lines()
            .find_map(|line| line.strip_prefix("contact sheet: "));
        PathBuf::from(path.unwrap_or_else(|| panic!("no contact sheet in\n{}", self.out)))
    }
}

fn decoded_bytes(dir: &Path) -> u64 {
    let paths = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .map(|path| image::open(path).unwrap().as_bytes().len() as u64)
        .sum()
}

#[test]
fn compares_three_caches() {
    let bench = Bench::with_photos(6);
    let run = bench.run_on_images(["--workers=3", "--requests=300", "--skew=1"]);
    run.assert_code(0);
    assert_eq!(run.err, "");

    assert_eq!(run.row("cache"), ["strong", "weak", "none"]);
    assert_eq!(run.numbers("requests"), [300; 3]);
    assert_eq!(run.numbers("failed requests"), [0; 3]);
    let decodes: [u64; 3] = run.numbers("decodes");
    assert_eq!([decodes[0], decodes[2]], [6, 300]);
    assert!((6..300).contains(&decodes[1]), "{decodes:?}");
    let redundant: [u64; 3] = run.numbers("redundant decodes");
    assert_eq!(redundant[..2], [0, 0]);
    assert!(
        redundant[2] > 0,
        "without a cache copies exist side by side"
    );
    let hits: [f64; 3] = run
        .row("hit rate")
        .map(|cell| cell.strip_suffix('%').unwrap().parse().unwrap());
    for (rate, decodes) in hits.iter().zip([decodes[0], decodes[1], decodes[2]]) {
        let expected = 100.0 - f64::from(u32::try_from(decodes).unwrap()) / 3.0;
        assert!(
            (rate - expected).abs() < 0.06,
            "{rate} for {decodes} decodes"
        );
    }

    let favourite: [f64; 3] = run
        .row("hit rate of the favourite image")
        .map(|cell| cell.strip_suffix('%').unwrap().parse().unwrap());
    assert!(
        favourite[0] >= favourite[1] && favourite[1] > hits[1] && favourite[2] == 0.0,
        "{favourite:?}"
    );

    let all = decoded_bytes(&bench.images());
    let [strong_peak, weak_peak, none_peak] = run.numbers("peak decoded bytes held");
    let [_, weak_viewed, none_viewed] = run.numbers("peak bytes viewers held");
    assert_eq!(strong_peak, all);
    assert_eq!((weak_peak, none_peak), (weak_viewed, none_viewed));
    assert!(weak_peak > 0 && weak_peak <= all);
    assert_eq!(run.numbers("peak bytes held for nobody"), [all, 0, 0]);
    assert_eq!(run.numbers("bytes held after the last viewer"), [all, 0, 0]);
}

#[test]
fn the_contact_sheet_stays_and_nothing_else() {
    let bench = Bench::new();
    let run = bench.run(["--samples", "5", "--megapixels", "0.01", "--requests", "40"]);
    run.assert_code(0);
    assert!(run.out.starts_with("5 images of "), "{}", run.out);
    let sheet = run.sheet();
    assert_eq!(
        bench.left_behind(),
        [sheet.file_name().unwrap().to_str().unwrap()]
    );
    let sheet = image::open(sheet).unwrap();
    assert_eq!((sheet.width(), sheet.height()), (3 * 200 + 8, 2 * 200 + 8));
}

#[test]
fn the_contact_sheet_goes_where_it_is_told() {
    let bench = Bench::with_photos(1);
    let sheet = bench.root.path().join("chosen.png");
    let run = bench.run_on_images(["--requests=4", "--sheet", sheet.to_str().unwrap()]);
    run.assert_code(0);
    assert_eq!(run.sheet(), sheet.canonicalize().unwrap());
    assert_eq!(image::open(sheet).unwrap().width(), 208);
    assert!(bench.left_behind().is_empty());
}

#[test]
fn made_images_are_removed_on_failure_too() {
    let bench = Bench::new();
    let run = bench.run([
        "--samples",
        "2",
        "--megapixels",
        "0.01",
        "--sheet",
        "/no/such/place/sheet.png",
    ]);
    run.assert_code(1);
    assert!(
        run.err
            .contains("cannot write the contact sheet /no/such/place/sheet.png"),
        "{}",
        run.err
    );
    assert!(bench.left_behind().is_empty());
}

#[test]
fn broken_files_are_named_and_skipped() {
    let bench = Bench::with_photos(2);
    let images = bench.images();
    let png = fs::read(images.join(photo::file_name(1))).unwrap();
    fs::write(images.join("torn.png"), &png[..png.len() / 2]).unwrap();
    fs::write(images.join("text.JPG"), "not a picture").unwrap();
    fs::write(images.join("void.jpeg"), "").unwrap();
    fs::write(images.join("notes.txt"), "no one asked for this").unwrap();
    fs::create_dir(images.join("folder.png")).unwrap();
    let run = bench.run_on_images(["--requests=40"]);
    run.assert_code(0);
    let skipped: Vec<&str> = run.err.lines().collect();
    assert_eq!(skipped.len(), 3, "{}", run.err);
    for (line, name) in skipped.iter().zip(["text.JPG", "torn.png", "void.jpeg"]) {
        let reason = line
            .strip_prefix("skipped ")
            .and_then(|rest| rest.strip_prefix(name));
        assert!(reason.is_some_and(|reason| reason.len() > 2), "{line}");
    }
    assert!(run.out.starts_with("2 images of "), "{}", run.out);
}

#[cfg(unix)]
#[test]
fn odd_file_names_are_read_and_printed_safely() {
    use std::os::unix::ffi::OsStrExt;
    let bench = Bench::with_photos(2);
    let images = bench.images();
    fs::rename(
        images.join(photo::file_name(1)),
        images.join(OsStr::from_bytes(b"caf\xE9.png")),
    )
    .unwrap();
    fs::write(images.join("a\x1b[31m\n.png"), "").unwrap();
    std::os::unix::fs::symlink("gone", images.join("dangling.jpg")).unwrap();
    let run = bench.run_on_images(["--requests=40"]);
    run.assert_code(0);
    assert!(run.out.starts_with("2 images of "), "{}", run.out);
    assert!(
        run.err.contains("skipped dangling.jpg: ") && !run.err.contains('\x1b'),
        "{}",
        run.err
    );
    assert_eq!(run.err.lines().count(), 2, "{}", run.err);
}

#[test]
fn the_budget_bounds_the_strong_cache() {
    let bench = Bench::new();
    for index in 0..3 {
        image::RgbImage::new(400, 400)
            .save(bench.images().join(format!("{index}.png")))
            .unwrap();
    }
    let run = bench.run_on_images(["--budget=1", "--requests=8", "--skew=0"]);
    run.assert_code(0);
    assert!(
        run.err.contains("using the first 2 of 3 images"),
        "{}",
        run.err
    );
    assert_eq!(
        run.numbers::<3>("peak decoded bytes held")[0],
        2 * 400 * 400 * 3
    );
}

#[test]
fn no_images_is_the_users_mistake() {
    let bench = Bench::new();
    let missing = bench.run([bench.root.path().join("missing")]);
    missing.assert_code(2);
    assert!(
        missing.err.starts_with("error: cannot read the directory ")
            && missing.err.contains("missing")
    );

    let empty = bench.run([bench.images()]);
    empty.assert_code(2);
    assert!(
        empty.err.starts_with("error: no PNG or JPEG file in "),
        "{}",
        empty.err
    );

    fs::write(bench.images().join("text.png"), "not a picture").unwrap();
    let broken = bench.run([bench.images()]);
    broken.assert_code(2);
    assert!(broken.err.contains("skipped text.png: "), "{}", broken.err);
    assert!(
        broken
            .err
            .contains("error: no readable PNG or JPEG file in "),
        "{}",
        broken.err
    );

    let file = bench.run([bench.images().join("text.png")]);
    file.assert_code(2);
    for run in [missing, empty, broken, file] {
        assert_eq!(run.out, "");
    }
    assert!(bench.left_behind().is_empty());
}

#[test]
fn wrong_usage_is_the_users_mistake() {
    let bench = Bench::new();
    for arguments in [
        &["--wrkers", "2"][..],
        &["--workers", "none"],
        &["--samples", "2", "."],
        &["a", "b"],
    ] {
        let run = bench.run(arguments);
        run.assert_code(2);
        assert!(
            run.err.starts_with("error: ") && run.err.contains("--help"),
            "{}",
            run.err
        );
    }
}

#[test]
fn help_is_complete() {
    let run = Bench::new().run(["--help"]);
    run.assert_code(0);
    for word in [
        "DIR",
        "--workers",
        "--requests",
        "--hold",
        "--skew",
        "--seed",
        "--samples",
        "--megapixels",
        "--budget",
        "--sheet",
        "--help",
        "--version",
        "Exit codes:",
        "  0 ",
        "  1 ",
        "  2 ",
        "  130 ",
    ] {
        assert!(run.out.contains(word), "{word} is not in\n{}", run.out);
    }
    let table = Bench::with_photos(1).run_on_images(["--requests=40"]);
    let labels = table
        .out
        .lines()
        .skip(3)
        .take_while(|line| !line.is_empty());
    for label in labels.map(|line| line.split("  ").next().unwrap()) {
        assert!(
            run.out.contains(&format!("\n  {label}  ")),
            "the row {label:?} is not explained in\n{}",
            run.out
        );
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_cleans_up() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    let bench = Bench::new();
    let arguments = [
        "--samples",
        "3",
        "--megapixels",
        "0.01",
        "--requests",
        "200000",
    ];
    let mut child = bench
        .command()
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.starts_with("3 images of "), "{line}");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let run = Run::new(child.wait_with_output().unwrap());
    run.assert_code(130);
    assert_eq!(run.err, "error: interrupted\n");
    let left: Vec<String> = bench.left_behind();
    assert!(
        left.iter()
            .all(|name| name.starts_with("image-cache-sheet-")),
        "{left:?}"
    );
}
