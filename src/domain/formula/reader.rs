//! Reads a formula from its text, or says where it goes wrong and what was expected.

use super::{
    FORMULA_CHARS_MAX, FORMULA_DEPTH_MAX, FORMULA_PARTS_MAX, Formula, FormulaError, Node, Operator,
    Part,
};
use crate::domain::decimal::Decimal;
use crate::domain::fraction::Fraction;
use crate::domain::id::{DimensionId, ElementId, shown};
use crate::domain::limits::OPTION_CODE_CHARS_MAX;

/// What may stand where a term begins.
const TERM: &str = "an element, a number, sum(…) or (";

/// Reads a whole text.
pub(super) fn read(text: &str) -> Result<Formula, FormulaError> {
    let chars: Vec<char> = text.chars().collect();
    let written = chars.iter().filter(|c| !c.is_whitespace()).count();
    let mut reader = Reader {
        chars,
        at: 0,
        parts: Vec::new(),
        depth: 0,
    };
    if written > FORMULA_CHARS_MAX {
        let message = format!("the formula is longer than {FORMULA_CHARS_MAX} characters");
        return Err(reader.fault(0, message));
    }
    let root = reader.expression()?;
    if reader.peek().is_some() {
        return Err(reader.expected("+, -, *, / or the end"));
    }
    if reader.parts.is_empty() {
        let message = "expected at least one element: a number alone follows from nothing";
        return Err(reader.fault(0, message));
    }
    let parts = reader.parts;
    Ok(Formula { parts, root })
}

struct Reader {
    chars: Vec<char>,
    /// The place of the next character.
    at: usize,
    parts: Vec<Part>,
    /// How many brackets and sums are open.
    depth: usize,
}

impl Reader {
    /// Terms added to and taken from each other.
    fn expression(&mut self) -> Result<Node, FormulaError> {
        let mut left = self.term()?;
        loop {
            let operator = match self.peek() {
                Some('+') => Operator::Plus,
                Some('-') => {
                    self.check_minus()?;
                    Operator::Minus
                }
                _ => return Ok(left),
            };
            self.at += 1;
            let right = self.term()?;
            left = Node::Binary(Box::new(left), operator, Box::new(right));
        }
    }

    /// Factors multiplied and divided.
    fn term(&mut self) -> Result<Node, FormulaError> {
        let mut left = self.factor()?;
        loop {
            let operator = match self.peek() {
                Some('*') => Operator::Times,
                Some('/') => Operator::Over,
                _ => return Ok(left),
            };
            self.at += 1;
            self.skip_space();
            let place = self.at;
            let right = self.factor()?;
            if operator == Operator::Over && right.constant() == Some(Fraction::ZERO) {
                let message = "this is nought whatever the parts are: nothing is divided by nought";
                return Err(self.fault(place, message));
            }
            left = Node::Binary(Box::new(left), operator, Box::new(right));
        }
    }

    fn factor(&mut self) -> Result<Node, FormulaError> {
        match self.peek() {
            Some('(') => {
                self.open()?;
                let inner = self.expression()?;
                self.close(")")?;
                Ok(inner)
            }
            Some(c) if c.is_ascii_digit() => self.number(),
            Some(c) if c.is_ascii_lowercase() => self.named(),
            _ => Err(self.expected(TERM)),
        }
    }

    fn number(&mut self) -> Result<Node, FormulaError> {
        let place = self.at;
        let text = self.take_while(|c| c.is_ascii_digit() || c == '.');
        let number: Result<Decimal, _> = text.parse();
        let number = number.map_err(|error| self.fault(place, error.to_string()))?;
        Ok(Node::Number(number))
    }

    /// A sum, an element, or a box of one.
    fn named(&mut self) -> Result<Node, FormulaError> {
        let place = self.at;
        let is_of_id =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
        let text = self.take_while(is_of_id);
        if text == "sum" && self.peek() == Some('(') {
            return self.sum();
        }
        let element = text.parse::<ElementId>();
        let element = element.map_err(|error| self.fault(place, error.to_string()))?;
        let code = match self.peek() {
            Some('[') => Some(self.code()?),
            _ => None,
        };
        let part = Part { element, code };
        if let Some(known) = self.parts.iter().position(|known| *known == part) {
            return Ok(Node::Part(known));
        }
        if self.parts.len() == FORMULA_PARTS_MAX {
            let message = format!("the formula names more than {FORMULA_PARTS_MAX} elements");
            return Err(self.fault(place, message));
        }
        self.parts.push(part);
        Ok(Node::Part(self.parts.len() - 1))
    }

    fn sum(&mut self) -> Result<Node, FormulaError> {
        self.open()?;
        let mut terms = vec![self.expression()?];
        while self.peek() == Some(',') {
            self.at += 1;
            terms.push(self.expression()?);
        }
        self.close(", or )")?;
        Ok(Node::Sum(terms))
    }

    /// `[job_role=nurse]`
    fn code(&mut self) -> Result<(DimensionId, String), FormulaError> {
        self.at += 1;
        self.skip_space();
        let place = self.at;
        let dimension = self.take_while(|c| !matches!(c, '=' | ']'));
        let dimension = dimension.trim_end().parse::<DimensionId>();
        let dimension = dimension.map_err(|error| self.fault(place, error.to_string()))?;
        if self.peek() != Some('=') {
            return Err(self.expected("= and a code of the dimension"));
        }
        self.at += 1;
        self.skip_space();
        let place = self.at;
        let code = self.take_while(|c| c != ']');
        let code = code.trim_end();
        let length = code.chars().count();
        if length == 0 || length > OPTION_CODE_CHARS_MAX || code.chars().any(char::is_control) {
            let message = format!("expected a code of the dimension, found {}", shown(code));
            return Err(self.fault(place, message));
        }
        if self.peek() != Some(']') {
            return Err(self.expected("]"));
        }
        self.at += 1;
        Ok((dimension, code.to_owned()))
    }

    fn open(&mut self) -> Result<(), FormulaError> {
        if self.depth == FORMULA_DEPTH_MAX {
            let message = format!("more than {FORMULA_DEPTH_MAX} brackets inside each other");
            return Err(self.fault(self.at, message));
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    fn close(&mut self, expected: &str) -> Result<(), FormulaError> {
        if self.peek() != Some(')') {
            return Err(self.expected(&format!("+, -, *, / or {expected}")));
        }
        self.depth -= 1;
        self.at += 1;
        Ok(())
    }

    /// Without white space a minus would be taken for a part of an id.
    fn check_minus(&self) -> Result<(), FormulaError> {
        let is_space = |place: usize| self.chars.get(place).is_none_or(|c| c.is_whitespace());
        if self.at.checked_sub(1).is_some_and(is_space) && is_space(self.at + 1) {
            return Ok(());
        }
        Err(self.fault(self.at, "a minus needs white space on both sides"))
    }

    /// The next character that is not white space, which is passed over.
    fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.chars.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
    }

    fn take_while(&mut self, is_wanted: impl Fn(char) -> bool) -> String {
        let from = self.at;
        while self.chars.get(self.at).is_some_and(|c| is_wanted(*c)) {
            self.at += 1;
        }
        self.chars[from..self.at].iter().collect()
    }

    /// The fault of what comes next.
    fn expected(&mut self, what: &str) -> FormulaError {
        let found = match self.peek() {
            None => "the end".to_owned(),
            Some('×') => "×: write *".to_owned(),
            Some('÷') => "÷: write /".to_owned(),
            Some('−' | '–') => "a dash: write -".to_owned(),
            Some(c) => shown(&c.to_string()),
        };
        self.fault(self.at, format!("expected {what}, found {found}"))
    }

    fn fault(&self, place: usize, message: impl Into<String>) -> FormulaError {
        FormulaError {
            column: place.min(self.chars.len()) + 1,
            message: message.into(),
        }
    }
}
