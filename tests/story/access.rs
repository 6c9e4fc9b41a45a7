//! Who may call what, on whose resources: every method × every caller × own, another's and an
//! unknown resource, walked by the descriptors and held against the table of the policy.
//!
//! A new method needs a row in `grpc/policy.rs` and a line in `access/addressed.rs`; the walk
//! fails without either.

pub(crate) mod addressed;
pub(crate) mod ground;
pub(crate) mod wire;

use askonce::domain::access::Role;
use askonce::grpc::policy::{Scope, TABLE};
use futures_util::StreamExt;
use prost::Message;
use prost_reflect::MethodDescriptor;
use tonic::Code;
use tonic_types::StatusExt;

use self::addressed::{IN_PARTS, Kind, Members, Owner};
use self::ground::{Ground, Whose};
use self::wire::Reply;

/// Methods that are walked at once, each on ground of its own: what one changes is not in another's
/// way.
const AT_ONCE: usize = 4;

/// Words that a method starts with which only reads: of a caller's own it must answer OK, or that
/// it was let in proves little.
const READING: [&str; 8] = [
    "Get", "List", "Find", "Read", "Watch", "Verify", "Preview", "Explain",
];

/// One method on its ground.
struct Walk<'a> {
    method: &'a MethodDescriptor,
    ground: &'a Ground,
    members: Members,
    complaints: Vec<String>,
}

#[tokio::test]
async fn every_method_lets_in_whom_the_policy_says_and_nobody_else() {
    let methods = wire::methods();
    let walks = futures_util::stream::iter(&methods).map(walk);
    let complaints: Vec<Vec<String>> = walks.buffer_unordered(AT_ONCE).collect().await;
    let mut complaints: Vec<String> = complaints.into_iter().flatten().collect();
    complaints.sort();
    let stale = addressed::stale();
    assert!(stale.is_empty(), "lines of no method: {stale:?}");
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

async fn walk(method: &MethodDescriptor) -> Vec<String> {
    let path = wire::path(method);
    let Some((_, grants)) = TABLE.iter().find(|(row, _)| *row == path) else {
        return vec![format!("{path}: say in grpc/policy.rs who may call it")];
    };
    let members = match addressed::members(method) {
        Ok(members) => members,
        Err(complaint) => return vec![complaint],
    };
    let ground = Ground::new().await;
    let mut walk = Walk {
        method,
        ground: &ground,
        members,
        complaints: Vec::new(),
    };
    walk.nobody().await;
    // Those who may do the most come last: what they change does not change what others may.
    for (role, secret) in &ground.roles {
        let row = grants.iter().find(|(granted, _)| granted == role);
        let scope = row.map(|(_, scope)| *scope);
        if scope == Some(Scope::LeadOfHomes) {
            walk.not_leading(*role, secret).await;
            walk.role(*role, &ground.lead, scope).await;
        } else {
            walk.role(*role, secret, scope).await;
        }
    }
    let complaints = walk.complaints;
    ground.clear().await;
    complaints
}

impl Walk<'_> {
    /// Whoever shows nothing that opens is told so, in the same words whatever is wrong with it.
    async fn nobody(&mut self) {
        let mut first: Option<Reply> = None;
        for (what, secret) in &self.ground.dead {
            let reply = self.call(secret.as_deref(), None).await;
            self.expect(what, &reply, Code::Unauthenticated, "UNAUTHENTICATED");
            if first.get_or_insert_with(|| reply.clone()).is_same(&reply) {
                continue;
            }
            self.complain(what, "is told apart from no token");
        }
    }

    /// A role is let in on what the policy says, and on nothing else.
    async fn role(&mut self, role: Role, secret: &str, scope: Option<Scope>) {
        self.own(role, secret, scope).await;
        for (path, kind) in self.members {
            let other = self.call(Some(secret), Some((*path, Whose::Other))).await;
            let unknown = self.call(Some(secret), Some((*path, Whose::Unknown))).await;
            let is_denied = scope.is_none_or(|scope| is_confined(scope, *kind));
            let who = format!("{role}, {path} another's");
            let nobodys = format!("{role}, {path} unknown");
            if !is_denied {
                self.let_in(&who, &other);
                self.let_in(&nobodys, &unknown);
                continue;
            }
            let in_parts = IN_PARTS.contains(&&*wire::short(self.method));
            if in_parts && scope.is_some() {
                self.refused_in_part(&who, &other, &unknown);
                continue;
            }
            self.denied(&who, &other);
            self.denied(&nobodys, &unknown);
            if !other.is_same(&unknown) {
                self.complain(&who, "is told apart from an unknown one");
            }
        }
    }

    async fn own(&mut self, role: Role, secret: &str, scope: Option<Scope>) {
        let who = format!("{role}, own");
        let reply = self.call(Some(secret), None).await;
        let Some(scope) = scope else {
            self.denied(&who, &reply);
            return;
        };
        self.let_in(&who, &reply);
        let reads = READING
            .iter()
            .any(|verb| self.method.name().starts_with(verb));
        if reads && reply.code() != Code::Ok {
            let found = format!(
                "a method that reads answers {:?} ({}) and not OK; if its request wants more, give \
                 it that by Kind::Is in tests/story/access/addressed.rs",
                reply.code(),
                reply.status.message()
            );
            self.complain(&who, &found);
        }
        let says_whose = |(_, kind): &(&str, Kind)| is_confined(scope, *kind);
        let is_confined = !matches!(scope, Scope::Any);
        let is_callers = self.members.iter().any(|(_, kind)| *kind == Kind::Caller);
        if is_confined && !is_callers && !self.members.iter().any(says_whose) {
            let missing = "the policy confines it, and no member of the request says to whom; name \
                           that member in tests/story/access/addressed.rs, or Kind::Caller if the \
                           method acts on what is the caller's own without being told";
            self.complain(&who, missing);
        }
    }

    /// Who does not lead her homes is refused what their leads may do.
    async fn not_leading(&mut self, role: Role, secret: &str) {
        let reply = self.call(Some(secret), None).await;
        self.denied(&format!("{role} who leads nothing, own"), &reply);
    }

    /// A part that is another's is refused at its place, as an unknown one is.
    fn refused_in_part(&mut self, who: &str, other: &Reply, unknown: &Reply) {
        let has_results = other.code() == Code::Ok && !other.messages.is_empty();
        if other.code() != Code::InvalidArgument && !has_results {
            let found = format!("is not refused in part: {:?}", other.code());
            self.complain(who, &found);
        }
        if !Ground::is_same_but_for_names(other, unknown) {
            self.complain(who, "is told apart from an unknown one");
        }
    }

    async fn call(&self, secret: Option<&str>, but: Option<(&str, Whose)>) -> Reply {
        let request = addressed::request(self.method, self.members, self.ground, but);
        let body = wire::framed(&request.encode_to_vec());
        wire::call(&self.ground.channel, self.method, secret, &[], body).await
    }

    fn let_in(&mut self, who: &str, reply: &Reply) {
        if matches!(reply.code(), Code::PermissionDenied | Code::Unauthenticated) {
            let found = format!("is not let in: {:?}", reply.code());
            self.complain(who, &found);
        }
        if matches!(reply.code(), Code::Internal | Code::Unavailable) {
            let found = format!("breaks the broker: {}", reply.status.message());
            self.complain(who, &found);
        }
    }

    fn denied(&mut self, who: &str, reply: &Reply) {
        self.expect(who, reply, Code::PermissionDenied, "PERMISSION_DENIED");
    }

    fn expect(&mut self, who: &str, reply: &Reply, code: Code, reason: &str) {
        let details = reply.status.get_error_details();
        let said = details.error_info().map_or("", |info| &info.reason);
        if reply.code() != code || said != reason || !reply.messages.is_empty() {
            let (status, messages) = (&reply.status, reply.messages.len());
            let found = format!(
                "is answered {:?} {said} ({}) after {messages} messages, and not {code:?} {reason}",
                status.code(),
                status.message(),
            );
            self.complain(who, &found);
        }
    }

    fn complain(&mut self, who: &str, found: &str) {
        let method = wire::short(self.method);
        self.complaints.push(format!("{method}: {who}: {found}"));
    }
}

/// Whether a scope shuts a caller out of another's resource of a kind.
fn is_confined(scope: Scope, kind: Kind) -> bool {
    match scope {
        Scope::Any => false,
        Scope::OwnOrganisation | Scope::OwnAndPredecessors => kind.owner() == Owner::Organisation,
        Scope::OwnHomes | Scope::LeadOfHomes => kind.owner() == Owner::Home,
    }
}
