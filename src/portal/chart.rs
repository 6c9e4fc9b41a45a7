//! A line chart without a script: places worked out here, drawn by the template as SVG.

use jiff::civil::Date;

/// Width and height of the drawing, in its own units: those of a phone's screen.
pub(super) const WIDTH: f64 = 340.0;
pub(super) const HEIGHT: f64 = 200.0;

/// Room for the figures on the left, above, on the right and for the days below.
const LEFT: f64 = 46.0;
const TOP: f64 = 14.0;
const RIGHT: f64 = 14.0;
const BOTTOM: f64 = 26.0;

/// Steps of ten that a scale may end at.
const NICE: [f64; 5] = [1.0, 2.0, 2.5, 5.0, 10.0];

/// A value of a day; none for one that was declined.
pub(super) struct Value {
    pub(super) day: Date,
    pub(super) figure: Option<f64>,
    /// What it is, for whoever points at it.
    pub(super) label: String,
}

/// A point of the drawing.
pub(super) struct Dot {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) label: String,
}

/// A line across with its figure.
pub(super) struct Rule {
    pub(super) y: String,
    pub(super) text_y: String,
    pub(super) label: String,
}

/// A drawing.
pub(super) struct Chart {
    pub(super) rules: Vec<Rule>,
    /// The curve, in the pieces that lie between what was declined.
    pub(super) pieces: Vec<String>,
    pub(super) dots: Vec<Dot>,
    /// Where nothing was given.
    pub(super) gaps: Vec<Dot>,
    pub(super) left: String,
    pub(super) right: String,
    pub(super) text_y: String,
    pub(super) first: String,
    pub(super) last: String,
}

impl Chart {
    /// A drawing of values in the order of their days; none of fewer than two figures.
    pub(super) fn of(values: &[Value]) -> Option<Self> {
        let figures: Vec<f64> = values.iter().filter_map(|own| own.figure).collect();
        let (first, last) = (values.first()?.day, values.last()?.day);
        if figures.len() < 2 || first == last {
            return None;
        }
        let scale = Scale::of(&figures, first, last);
        let mut chart = Self {
            rules: scale.rules(),
            pieces: Vec::new(),
            dots: Vec::new(),
            gaps: Vec::new(),
            left: place(LEFT),
            right: place(WIDTH - RIGHT),
            text_y: place(HEIGHT - BOTTOM + 16.0),
            first: first.strftime("%-d %b %Y").to_string(),
            last: last.strftime("%-d %b %Y").to_string(),
        };
        let mut piece: Vec<String> = Vec::new();
        for own in values {
            let dot = |figure: f64| Dot {
                x: place(scale.x(own.day)),
                y: place(scale.y(figure)),
                label: own.label.clone(),
            };
            let Some(figure) = own.figure else {
                chart.gaps.push(dot(scale.least));
                chart.end(&mut piece);
                continue;
            };
            let dot = dot(figure);
            piece.push(format!("{},{}", dot.x, dot.y));
            chart.dots.push(dot);
        }
        chart.end(&mut piece);
        Some(chart)
    }

    fn end(&mut self, piece: &mut Vec<String>) {
        if piece.len() > 1 {
            self.pieces.push(piece.join(" "));
        }
        piece.clear();
    }
}

/// Where values lie on the drawing.
struct Scale {
    first: Date,
    days: f64,
    least: f64,
    most: f64,
    step: f64,
}

impl Scale {
    fn of(figures: &[f64], first: Date, last: Date) -> Self {
        // A curve that begins at nought does not make much of little.
        let lowest = figures.iter().copied().fold(0.0, f64::min);
        let highest = figures.iter().copied().fold(0.0, f64::max);
        let step = nice((highest - lowest) / 3.0);
        Self {
            first,
            days: f64::from(days(first, last).max(1)),
            least: (lowest / step).floor() * step,
            most: ((highest / step).ceil() * step).max(step),
            step,
        }
    }

    fn x(&self, day: Date) -> f64 {
        let part = f64::from(days(self.first, day)) / self.days;
        LEFT + part * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, figure: f64) -> f64 {
        let part = (figure - self.least) / (self.most - self.least);
        HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)
    }

    fn rules(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        let mut figure = self.least;
        // Rounding adds up to less than half a step.
        while figure < self.most + self.step / 2.0 {
            let y = self.y(figure);
            rules.push(Rule {
                y: place(y),
                text_y: place(y + 4.0),
                label: written(figure),
            });
            figure += self.step;
        }
        rules
    }
}

/// The next step of a scale that people like to read.
fn nice(step: f64) -> f64 {
    if step <= 0.0 || !step.is_finite() {
        return 1.0;
    }
    let ten = 10.0_f64.powf(step.log10().floor());
    let found = NICE
        .iter()
        .map(|nice| nice * ten)
        .find(|nice| *nice >= step);
    found.unwrap_or(10.0 * ten)
}

/// A figure of a scale, short.
fn written(figure: f64) -> String {
    let text = format!("{figure:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn place(at: f64) -> String {
    format!("{at:.1}")
}

fn days(first: Date, last: Date) -> i32 {
    first.until(last).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn value(day: i8, figure: Option<f64>) -> Value {
        Value {
            day: date(2026, 11, day),
            figure,
            label: String::new(),
        }
    }

    #[test]
    fn a_scale_ends_at_figures_that_people_like_to_read() {
        for (step, expected) in [
            (0.7, 1.0),
            (1.1, 2.0),
            (2.1, 2.5),
            (3.0, 5.0),
            (51.0, 100.0),
        ] {
            assert!((nice(step) - expected).abs() < 1e-9, "{step}");
        }
        assert_eq!(
            ["0", "2.5", "-0.25"],
            [0.0, 2.5, -0.25].map(written).as_slice()
        );
    }

    #[test]
    fn the_curve_is_broken_where_nothing_was_given() {
        let values = [
            value(1, Some(30.0)),
            value(8, Some(34.0)),
            value(15, None),
            value(22, Some(0.0)),
            value(29, Some(31.0)),
        ];
        let chart = Chart::of(&values).unwrap();
        assert_eq!(
            (chart.pieces.len(), chart.dots.len(), chart.gaps.len()),
            (2, 4, 1)
        );
        assert_eq!(chart.dots[0].x, place(LEFT));
        assert_eq!(chart.dots[3].x, place(WIDTH - RIGHT));
        assert_eq!(
            chart.dots[2].y,
            place(HEIGHT - BOTTOM),
            "nought is at the bottom"
        );
        let labels: Vec<_> = chart.rules.iter().map(|rule| rule.label.as_str()).collect();
        assert_eq!(labels, ["0", "20", "40"]);
    }

    #[test]
    fn one_figure_is_no_curve() {
        assert!(Chart::of(&[]).is_none());
        assert!(Chart::of(&[value(1, Some(1.0)), value(2, None)]).is_none());
        assert!(Chart::of(&[value(1, Some(1.0)), value(1, Some(2.0))]).is_none());
        assert!(Chart::of(&[value(1, Some(0.0)), value(2, Some(0.0))]).is_some());
    }
}
