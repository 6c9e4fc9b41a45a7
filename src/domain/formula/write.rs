//! Writes a formula: as it is read again, or in plain words.

use super::{Formula, Node, Operator, Part};

/// A formula as it is read again: the same tree.
pub(super) fn as_formula(formula: &Formula) -> String {
    Writer::new(formula, false, &Part::to_string).whole()
}

/// A formula as people read it: it says the same number.
pub(super) fn in_words(formula: &Formula, label_of: &dyn Fn(&Part) -> String) -> String {
    Writer::new(formula, true, label_of).whole()
}

/// How tightly a piece of text holds together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hold {
    /// Terms side by side.
    Sum,
    /// Factors side by side.
    Product,
    /// A single thing.
    Whole,
}

struct Writer<'a> {
    formula: &'a Formula,
    is_in_words: bool,
    label_of: &'a dyn Fn(&Part) -> String,
    text: String,
}

impl<'a> Writer<'a> {
    fn new(formula: &'a Formula, is_in_words: bool, label_of: &'a dyn Fn(&Part) -> String) -> Self {
        Self {
            formula,
            is_in_words,
            label_of,
            text: String::new(),
        }
    }

    fn whole(mut self) -> String {
        self.write(&self.formula.root, Hold::Sum);
        self.text
    }

    /// Writes a node, in brackets unless it holds together as tightly as is needed.
    fn write(&mut self, node: &Node, needed: Hold) {
        let is_loose = self.hold(node) < needed;
        if is_loose {
            self.text.push('(');
        }
        self.write_bare(node);
        if is_loose {
            self.text.push(')');
        }
    }

    fn write_bare(&mut self, node: &Node) {
        match node {
            Node::Number(number) => self.text.push_str(&number.to_string()),
            Node::Part(place) => {
                let label = self.formula.parts.get(*place).map(self.label_of);
                self.text.push_str(&label.unwrap_or_default());
            }
            Node::Sum(terms) => self.write_sum(terms),
            Node::Binary(left, operator, right) => {
                let hold = operator.hold();
                self.write(left, hold);
                self.text.push_str(operator.sign(self.is_in_words));
                self.write(right, self.hold_on_the_right(*operator));
            }
        }
    }

    fn write_sum(&mut self, terms: &[Node]) {
        let (open, between, close) = if self.is_in_words {
            ("", " + ", "")
        } else {
            ("sum(", ", ", ")")
        };
        self.text.push_str(open);
        for (place, term) in terms.iter().enumerate() {
            if place > 0 {
                self.text.push_str(between);
            }
            self.write(term, Hold::Sum);
        }
        self.text.push_str(close);
    }

    fn hold(&self, node: &Node) -> Hold {
        match node {
            Node::Number(_) | Node::Part(_) => Hold::Whole,
            Node::Binary(_, operator, _) => operator.hold(),
            Node::Sum(_) if !self.is_in_words => Hold::Whole,
            Node::Sum(terms) => match terms.as_slice() {
                [only] => self.hold(only),
                _ => Hold::Sum,
            },
        }
    }

    /// Of equals, those on the left come first: on the right they need brackets, in words only
    /// where another number would come of it.
    fn hold_on_the_right(&self, operator: Operator) -> Hold {
        match operator {
            Operator::Plus if self.is_in_words => Hold::Sum,
            Operator::Times if self.is_in_words => Hold::Product,
            Operator::Plus | Operator::Minus => Hold::Product,
            Operator::Times | Operator::Over => Hold::Whole,
        }
    }
}

impl Operator {
    fn hold(self) -> Hold {
        match self {
            Self::Plus | Self::Minus => Hold::Sum,
            Self::Times | Self::Over => Hold::Product,
        }
    }

    fn sign(self, is_in_words: bool) -> &'static str {
        match (self, is_in_words) {
            (Self::Plus, _) => " + ",
            (Self::Minus, false) => " - ",
            (Self::Minus, true) => " − ",
            (Self::Times, false) => " * ",
            (Self::Times, true) => " × ",
            (Self::Over, false) => " / ",
            (Self::Over, true) => " ÷ ",
        }
    }
}
