//! Who may do what, and whose words go over the network as they are.

use crate::prelude::*;

pub fn encryption() -> Panel {
    timeseries(
        "Not encrypted over the network",
        "Client sessions from another machine without TLS or GSS, by the 5 servers with most. Good is 0: have pg_hba.conf ask for hostssl.",
        Unit::Count,
        query(top(5, r#"sum by (server) (pg_sessions_by_encryption{$server, encryption="none", origin="network"})"#), "{{server}}"),
    )
    .empty("every session over the network is encrypted")
}

pub fn superusers() -> Panel {
    bargauge(
        "Superusers, the 5 servers with most",
        "Roles that may do everything. Good is one, and no application among them: an application needs rights on its tables and no more.",
        Unit::Count,
        query(r#"sort_desc(topk(5, max by (server) (pg_roles_count{$server, privilege="superuser"})))"#, "{{server}}"),
    )
}
