//! Closed sets of words: the enums of the proto package against those of the kernel.

use std::collections::BTreeSet;

use crate::domain::access::Role;
use crate::domain::answer::DeclineReason;
use crate::domain::ask::AskState;
use crate::domain::completeness::Completeness;
use crate::domain::delivery::Flag;
use crate::domain::dictionary::{OverTime, Population};
use crate::domain::fault::Faults;
use crate::domain::field_type::{Compulsion, Lines, Moment, Reuse, Sensitivity, TypeWord};
use crate::domain::form::{FormState, Need};
use crate::domain::home::RegisterFact;
use crate::domain::link::Verdict;
use crate::domain::organisation::OrganisationKind;
use crate::domain::person::HomeRole;
use crate::domain::worked_out::How;
use crate::grpc::v1;

/// An enum whose zero says that nothing was given.
pub(crate) trait Closed: TryFrom<i32> {
    /// The kernel's type.
    type Word;

    /// The kernel's word; none for the zero.
    fn word(self) -> Option<Self::Word>;
}

/// Pairs each value of an enum with the kernel's variant of the same name.
macro_rules! closed {
    ($domain:ident: $($variant:ident),+ $(,)?) => {
        impl From<$domain> for v1::$domain {
            fn from(word: $domain) -> Self {
                match word {
                    $($domain::$variant => Self::$variant,)+
                }
            }
        }

        impl Closed for v1::$domain {
            type Word = $domain;

            fn word(self) -> Option<$domain> {
                match self {
                    Self::Unspecified => None,
                    $(Self::$variant => Some($domain::$variant),)+
                }
            }
        }
    };
}

closed!(Compulsion: Voluntary, Contractual, Statutory);
closed!(Reuse: Derive, Confirm, AlwaysAsk);
closed!(Sensitivity: None, Commercial, Personal);
closed!(Moment: PeriodEnd, OnCompletion);
closed!(Lines: Single, Multi);
closed!(AskState: Coming, Live, Expired, Withdrawn);
closed!(FormState: Coming, Open, Due, Done);
closed!(Completeness: Coming, Due, Part, Late, Declined, Filed, Done, Closed);
closed!(Verdict: Same, Related, Different);
closed!(Population: Residents, Staff);
closed!(OverTime: Sum);
closed!(RegisterFact: CqcId, Name, Postcode, Ods, Provider, Services, Beds);
closed!(HomeRole: Answers, Lead);
closed!(Role: Requester, Home, Steward, Analyst, Operator);
closed!(DeclineReason: NotHeld, NotApplicable, NotClear, TakesTooLong, AlreadyGiven);
closed!(
    OrganisationKind: Council, Ccg, Icb, NhsTrust, NhsEngland, Regulator, PublicHealthBody,
    GovernmentDepartment,
);

use self::v1::{DeliveryFlag, FieldType};

impl From<TypeWord> for FieldType {
    fn from(word: TypeWord) -> Self {
        match word {
            TypeWord::Count => Self::Count,
            TypeWord::Quantity => Self::Quantity,
            TypeWord::Percentage => Self::Percentage,
            TypeWord::Money => Self::Money,
            TypeWord::YesNo => Self::YesNo,
            TypeWord::Date => Self::Date,
            TypeWord::Text => Self::Text,
            TypeWord::Choice => Self::Choice,
            TypeWord::Choices => Self::Choices,
        }
    }
}

impl Closed for FieldType {
    type Word = TypeWord;

    fn word(self) -> Option<TypeWord> {
        let mut words = TypeWord::ALL.iter();
        words.find(|word| Self::from(**word) == self).copied()
    }
}

impl From<Flag> for DeliveryFlag {
    fn from(flag: Flag) -> Self {
        match flag {
            Flag::AsGiven => Self::AsGiven,
            Flag::Converted => Self::Converted,
            Flag::Rounded => Self::Rounded,
            Flag::Summed => Self::Summed,
            Flag::NotBrokenDown => Self::NotBrokenDown,
            Flag::TotalsDisagree => Self::TotalsDisagree,
            Flag::OutsideLimits => Self::OutsideLimits,
            Flag::NotAnOption => Self::NotAnOption,
            Flag::Declined => Self::Declined,
            Flag::Corrected => Self::Corrected,
            Flag::DoNotPublish => Self::DoNotPublish,
            Flag::WorkedOut => Self::WorkedOut,
        }
    }
}

impl From<Need> for v1::EntryNeed {
    fn from(need: Need) -> Self {
        match need {
            Need::Nothing => Self::Nothing,
            Need::Send => Self::Send,
            Need::Answer => Self::Answer,
            Need::Confirm => Self::Confirm,
            Need::WorkedOut => Self::WorkedOut,
            Need::Register => Self::Register,
        }
    }
}

impl From<How> for v1::WorkedOutHow {
    fn from(how: How) -> Self {
        match how {
            How::Register => Self::Register,
            How::Formula => Self::Formula,
            How::Band => Self::Band,
            How::Sum => Self::Sum,
            How::Earlier => Self::Earlier,
            How::Standing => Self::Standing,
            How::NotApplicable => Self::NotApplicable,
        }
    }
}

/// A member's word; none if it is not given.
pub(crate) fn known<P: Closed>(member: &str, value: i32) -> Result<Option<P::Word>, Faults> {
    match P::try_from(value) {
        Ok(given) => Ok(given.word()),
        Err(_) => Err(Faults::one(
            member,
            format!("{value} is not a value of this enum"),
        )),
    }
}

/// The states of forms that a filter names.
pub(crate) fn states(values: &[i32]) -> Result<BTreeSet<FormState>, Faults> {
    wanted::<v1::FormState>(values)
}

/// The states of asks that a filter names.
pub(crate) fn ask_states(values: &[i32]) -> Result<BTreeSet<AskState>, Faults> {
    wanted::<v1::AskState>(values)
}

/// The states of completeness that a filter names.
pub(crate) fn progress_states(values: &[i32]) -> Result<BTreeSet<Completeness>, Faults> {
    wanted::<v1::Completeness>(values)
}

fn wanted<P: Closed<Word: Ord>>(values: &[i32]) -> Result<BTreeSet<P::Word>, Faults> {
    let mut faults = Faults::new();
    let mut states = BTreeSet::new();
    for (place, value) in values.iter().enumerate() {
        let path = format!("states[{place}]");
        match faults.take("", known::<P>(&path, *value)) {
            Some(Some(state)) => {
                states.insert(state);
            }
            Some(None) => faults.add(path, "is not given; leave it out"),
            None => {}
        }
    }
    faults.into_result()?;
    Ok(states)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_goes_there_and_back() {
        for word in TypeWord::ALL {
            assert_eq!(FieldType::from(*word).word(), Some(*word));
        }
        for (kind, _) in OrganisationKind::ALL {
            assert_eq!(v1::OrganisationKind::from(kind).word(), Some(kind));
        }
        assert_eq!(FieldType::Unspecified.word(), None);
        assert_eq!(known::<v1::Role>("role", 0).unwrap(), None);
        assert!(known::<v1::Role>("role", 99).is_err());
        assert!(states(&[1, 0]).is_err());
        assert_eq!(states(&[2, 2]).unwrap().len(), 1);
    }
}
