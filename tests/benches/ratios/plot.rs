//! Draws groups as SVG: a bar a group from 1 to its mean, a dot a scenario, a mark at the goal. Readable on dark and on
//! light pages: it brings its own ground, and follows what the reader prefers.

use std::fmt::Write as _;

use crate::group::Goal;
use crate::summary::Line;

const LABELS: f64 = 290.0;
const CHART: f64 = 380.0;
const VERDICTS: f64 = 170.0;
const WIDTH: f64 = LABELS + CHART + VERDICTS;
const ROW: f64 = 26.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 34.0;

const STYLE: &str = "\
text { font: 13px system-ui, sans-serif; fill: #1c2430; }
.title { font-weight: 600; font-size: 15px; }
.small { font-size: 11px; fill: #5b6675; }
.ground { fill: #fbfcfd; }
.grid { stroke: #d5dbe3; stroke-width: 1; }
.one { stroke: #5b6675; stroke-width: 1.5; }
.met { fill: #2f8f6b; }
.missed { fill: #d0722a; }
.shown { fill: #6b7fa6; }
.dot { fill: #1c2430; fill-opacity: 0.45; }
.goal { stroke: #1c2430; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e9f0; }
  .small { fill: #9aa7b8; }
  .ground { fill: #151a21; }
  .grid { stroke: #303947; }
  .one { stroke: #9aa7b8; }
  .met { fill: #45b388; }
  .missed { fill: #e2894a; }
  .shown { fill: #8497bf; }
  .dot { fill: #e4e9f0; }
  .goal { stroke: #e4e9f0; }
}
";

/// Ratios from the least to the highest that has a place, on a logarithmic scale; powers of two. What is far out stands
/// at the edge.
struct Scale {
    least: i32,
    highest: i32,
}

impl Scale {
    fn of(lines: &[&Line<'_>]) -> Self {
        let ratios = lines.iter().flat_map(|line| {
            let scenarios = line.rows.iter().map(|row| row.ratio);
            scenarios.chain(line.goal()).chain([line.reached])
        });
        let (least, highest) = ratios.fold((1.0, 1.0), |(least, highest): (f64, f64), ratio| {
            (least.min(ratio), highest.max(ratio))
        });
        let power = |ratio: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "clamped to a few")]
            let power = ratio.clamp(1.0 / 32.0, 16.0).log2() as i32;
            power
        };
        Self {
            least: power(least) - 1,
            highest: power(highest) + 1,
        }
    }

    fn x(&self, ratio: f64) -> f64 {
        let [least, highest] = [self.least, self.highest].map(f64::from);
        let power = ratio.max(1e-9).log2().clamp(least, highest);
        LABELS + CHART * (power - least) / (highest - least)
    }

    fn steps(&self) -> impl Iterator<Item = f64> {
        (self.least..=self.highest).map(|power| f64::from(power).exp2())
    }
}

/// The picture of some groups.
pub(crate) fn svg(title: &str, lines: &[&Line<'_>]) -> String {
    let scale = Scale::of(lines);
    let rows = lines.iter().fold(0.0, |rows, _| rows + ROW);
    let height = TOP + rows + BOTTOM;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\">\n\
         <style>\n{STYLE}</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n\
         <text class=\"title\" x=\"12\" y=\"26\">{}</text>\n",
        escaped(title)
    );
    let end = TOP + rows;
    for step in scale.steps() {
        let x = scale.x(step);
        let class = if (step - 1.0).abs() < 1e-9 {
            "one"
        } else {
            "grid"
        };
        line(&mut svg, class, [x, TOP - 6.0], [x, end]);
        let label = if step < 1.0 {
            format!("1/{:.0}", 1.0 / step)
        } else {
            format!("{step:.0}")
        };
        text(&mut svg, "small", [x, end + 16.0], "middle", &label);
    }
    let note = "ours over the peer's; bar: mean, dots: scenarios, mark: goal";
    text(&mut svg, "small", [WIDTH - 12.0, 26.0], "end", note);
    let mut top = TOP;
    for group in lines {
        row(&mut svg, &scale, group, top);
        top += ROW;
    }
    svg + "</svg>\n"
}

fn row(svg: &mut String, scale: &Scale, line_of: &Line<'_>, top: f64) {
    let middle = top + ROW / 2.0;
    let label = line_of.label();
    text(svg, "", [12.0, middle + 4.0], "start", &label);
    let class = match line_of.group.goal {
        Goal::Shown => "shown",
        _ if line_of.is_met() => "met",
        _ => "missed",
    };
    let [one, mean] = [scale.x(1.0), scale.x(line_of.reached)];
    let (from, to) = (one.min(mean), one.max(mean));
    writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"12\" rx=\"2\"/>",
        middle - 6.0,
        (to - from).max(1.5)
    )
    .expect("a `String` takes all");
    for scenario in &line_of.rows {
        writeln!(
            svg,
            "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{middle:.1}\" r=\"2.2\"/>",
            scale.x(scenario.ratio)
        )
        .expect("a `String` takes all");
    }
    let mut verdict = format!("{:.2}", line_of.reached);
    if let Some(goal) = line_of.goal() {
        let x = scale.x(goal);
        line(svg, "goal", [x, middle - 9.0], [x, middle + 9.0]);
        write!(verdict, ", goal {goal:.2}").expect("a `String` takes all");
    }
    text(
        svg,
        "",
        [LABELS + CHART + 24.0, middle + 4.0],
        "start",
        &verdict,
    );
}

fn line(svg: &mut String, class: &str, from: [f64; 2], to: [f64; 2]) {
    let ([x1, y1], [x2, y2]) = (from, to);
    writeln!(
        svg,
        "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
    )
    .expect("a `String` takes all");
}

fn text(svg: &mut String, class: &str, [x, y]: [f64; 2], anchor: &str, words: &str) {
    writeln!(
        svg,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        escaped(words)
    )
    .expect("a `String` takes all");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{Row, Unit};
    use crate::stats::Sample;
    use crate::summary;

    #[test]
    fn a_picture_has_all_groups_and_is_well_formed() {
        let row = |scenario: &str, peer: &str, ours| {
            let sides = [ours, 10.0].map(Sample::exact);
            Row::new(scenario, Unit::Nanoseconds, sides, peer, None)
        };
        let rows = [
            row("sync/small/clone+drop", "Arc", 10.0),
            row("sync/new+callback+drop", "Arc+Mutex<Vec>", 1e6),
        ];
        let lines = summary::lines(&rows);
        let svg = svg("a < b", &lines.iter().collect::<Vec<_>>());
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.contains("a &lt; b") && svg.contains(">sync callbacks<"));
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert!(svg.contains("class=\"met\"") && svg.contains("class=\"missed\""));
        let tags = |open: &str| svg.matches(open).count();
        assert_eq!(tags("<text"), tags("</text>"));
    }

    #[test]
    fn a_scale_has_room_for_all_and_for_one() {
        let scale = Scale {
            least: -2,
            highest: 1,
        };
        assert_eq!(scale.steps().collect::<Vec<_>>(), [0.25, 0.5, 1.0, 2.0]);
        assert!((scale.x(0.01) - LABELS).abs() < 1e-9);
        assert!((scale.x(2.0) - LABELS - CHART).abs() < 1e-9);
    }
}
