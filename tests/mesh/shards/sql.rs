//! How many shards a statement reaches, read from its SQL. Pure.

use std::{collections::BTreeSet, ops::ControlFlow};

use sqlparser::{
    ast::{
        BinaryOperator, Expr, FromTable, JoinConstraint, JoinOperator, Query, SelectItem, SetExpr, Statement,
        TableFactor, TableObject, TableWithJoins, UpdateTableFromKind, Visit as _, Visitor,
    },
    dialect::PostgreSqlDialect,
    parser::Parser,
};

/// The column that tables are shared out by.
const EVENT: &str = "event_id";

/// Which shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// None: it is about other tables.
    Elsewhere,
    /// That of one event, given as one value.
    One,
    /// Those of the events in a list.
    Several,
    /// All.
    All,
}

/// Which shards of the tables `shared` a statement reaches.
pub fn reach(sql: &str, shared: &BTreeSet<String>) -> Result<Reach, String> {
    // The parser knows one way to lock a row.
    let sql = sql.replace("FOR NO KEY UPDATE", "FOR UPDATE");
    let statements = Parser::parse_sql(&PostgreSqlDialect {}, &sql).map_err(|error| error.to_string())?;
    let mut reader = Reader { shared, reach: Reach::Elsewhere };
    for statement in &statements {
        let _ = statement.visit(&mut reader);
    }
    Ok(reader.reach)
}

struct Reader<'a> {
    shared: &'a BTreeSet<String>,
    reach: Reach,
}

impl Visitor for Reader<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.read_body(&query.body);
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        match statement {
            Statement::Update(update) => {
                let mut from = vec![&update.table];
                match &update.from {
                    Some(UpdateTableFromKind::AfterSet(more) | UpdateTableFromKind::BeforeSet(more)) => {
                        from.extend(more);
                    }
                    None => {}
                }
                self.judge(&from, update.selection.as_ref());
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
                self.judge(&from.iter().collect::<Vec<_>>(), delete.selection.as_ref());
            }
            Statement::Insert(insert) => {
                if let TableObject::TableName(name) = &insert.table {
                    let name = plain(&name.to_string());
                    let event = insert.columns.iter().position(|column| plain(&column.to_string()) == EVENT);
                    if self.shared.contains(&name) {
                        let reach = event.map_or(Reach::All, |n| self.inserted(insert.source.as_deref(), n));
                        self.note(reach);
                    }
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Reader<'_> {
    fn note(&mut self, reach: Reach) {
        self.reach = self.reach.max(reach);
    }

    /// Which shards rows come to whose `n`-th column is the event.
    fn inserted(&self, source: Option<&Query>, n: usize) -> Reach {
        let Some(SetExpr::Select(select)) = source.map(|source| &*source.body) else { return Reach::One };
        let from = select.from.iter().filter_map(|item| table(&item.relation));
        let aliases: Vec<_> = from.filter(|(name, _)| self.shared.contains(name)).map(|(_, alias)| alias).collect();
        let column = select.projection.get(n);
        if let Some(SelectItem::UnnamedExpr(Expr::Value(_))) = column {
            return Reach::One;
        }
        let event = column.map(|column| plain(&column.to_string())).unwrap_or_default();
        // Where a row came from: that is judged with the query.
        let stays = aliases.iter().any(|alias| event == format!("{alias}.{EVENT}"));
        if stays { Reach::One } else { Reach::Several }
    }

    fn read_body(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => self.judge(&select.from.iter().collect::<Vec<_>>(), select.selection.as_ref()),
            SetExpr::SetOperation { left, right, .. } => {
                self.read_body(left);
                self.read_body(right);
            }
            _ => {}
        }
    }

    /// Looks whether each shared table's event is named by a condition that must hold.
    fn judge(&mut self, from: &[&TableWithJoins], condition: Option<&Expr>) {
        let (mut tables, mut conditions) = (Vec::new(), Vec::new());
        for item in from {
            tables.extend(table(&item.relation));
            for join in &item.joins {
                tables.extend(table(&join.relation));
                if let JoinOperator::Join(JoinConstraint::On(on)) | JoinOperator::Inner(JoinConstraint::On(on)) =
                    &join.join_operator
                {
                    split(on, &mut conditions);
                }
            }
        }
        if let Some(condition) = condition {
            split(condition, &mut conditions);
        }
        let alone = tables.len() == 1;
        let shared = tables.iter().filter(|(name, _)| self.shared.contains(name));
        let reaches: Vec<_> = shared
            .map(|(_, alias)| {
                let named = conditions.iter().filter_map(|condition| names(condition, alias, alone));
                named.min().unwrap_or(Reach::All)
            })
            .collect();
        for reach in reaches {
            self.note(reach);
        }
    }
}

/// A table by its name and by what it is called here.
fn table(factor: &TableFactor) -> Option<(String, String)> {
    let TableFactor::Table { name, alias, .. } = factor else { return None };
    let name = plain(&name.to_string());
    let alias = alias.as_ref().map_or_else(|| name.clone(), |alias| plain(&alias.name.to_string()));
    Some((name, alias))
}

/// The conditions that must all hold.
fn split<'a>(condition: &'a Expr, into: &mut Vec<&'a Expr>) {
    match condition {
        Expr::Nested(inner) => split(inner, into),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            split(left, into);
            split(right, into);
        }
        other => into.push(other),
    }
}

/// How far the condition narrows the events of `alias`; `None` where it does not.
fn names(condition: &Expr, alias: &str, alone: bool) -> Option<Reach> {
    let is_event = |side: &Expr| {
        let side = plain(&side.to_string());
        side == format!("{alias}.{EVENT}") || (alone && side == EVENT)
    };
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            let other = match (is_event(left), is_event(right)) {
                (true, false) => right,
                (false, true) => left,
                _ => return None,
            };
            // Another table's event is as far as that one reaches, which is judged with it; of a list, it is several.
            let is_value = matches!(&**other, Expr::Value(_) | Expr::Cast { .. });
            Some(if is_value { Reach::One } else { Reach::Several })
        }
        Expr::AnyOp { left, compare_op: BinaryOperator::Eq, .. } if is_event(left) => Some(Reach::Several),
        _ => None,
    }
}

fn plain(name: &str) -> String {
    name.replace('"', "")
}

#[test]
fn a_statement_is_of_as_many_events_as_its_conditions_say() {
    let shared = BTreeSet::from(["tickets".to_owned(), "bookings".to_owned()]);
    let expect = |sql: &str, expected: Reach| assert_eq!(reach(sql, &shared), Ok(expected), "{sql}");
    expect("SELECT 1 FROM events WHERE name = $1", Reach::Elsewhere);
    expect("SELECT price FROM tickets WHERE ticket_id = $1 AND (tickets.event_id = $2)", Reach::One);
    expect("SELECT price FROM \"tickets\" WHERE (\"tickets\".\"event_id\" = ANY($1)) FOR UPDATE", Reach::Several);
    expect("SELECT price FROM tickets WHERE ticket_id = $1", Reach::All);
    expect("SELECT price FROM tickets WHERE event_id = $1 OR true", Reach::All);
    expect("SELECT 1 FROM events e JOIN tickets t ON t.ticket_id = e.x WHERE e.event_id = $1", Reach::All);
    expect("DELETE FROM bookings WHERE event_id = $1", Reach::One);
    expect("UPDATE bookings SET a = 1 WHERE booking_id = $1", Reach::All);
    expect("INSERT INTO bookings (booking_id) VALUES ($1)", Reach::All);
    expect("INSERT INTO bookings (event_id, booking_id) VALUES ($1, $2)", Reach::One);
    let copy = "INSERT INTO bookings (booking_id, event_id) SELECT $1, bookings.event_id FROM bookings WHERE";
    expect(&format!("{copy} bookings.event_id = $2"), Reach::One);
    expect(&format!("{copy} bookings.booking_id = $2"), Reach::All);
    expect(
        "WITH w AS MATERIALIZED (SELECT * FROM unnest($1, $2) AS w (event_id, n)), m AS (INSERT INTO bookings (event_id) \
         SELECT event_id FROM w) UPDATE tickets AS t SET status = 1 FROM w WHERE t.event_id = w.event_id",
        Reach::Several,
    );
    expect(
        "WITH w AS MATERIALIZED (SELECT * FROM unnest($1, $2) AS w (event_id, n)), m AS (INSERT INTO bookings (event_id) \
         SELECT $3 FROM w) UPDATE tickets AS t SET status = 1 FROM w WHERE t.event_id = w.event_id AND t.event_id = $3",
        Reach::One,
    );
    expect("WITH w AS (SELECT 1 FROM tickets WHERE true) SELECT * FROM w", Reach::All);
    expect("SELECT (SELECT count(*) FROM tickets WHERE status = 1) FROM bookings WHERE event_id = $1", Reach::All);
}
