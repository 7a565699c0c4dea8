//! An account as the rules see it. The hash of its password stays beside it, never in it. Pure.

use usher::contract::account::Role;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub user_id: i64,
    /// How its owner wants to be called.
    pub user_name: String,
    /// Its email address, normalised.
    pub email: String,
    /// As its owner gave it; may be empty.
    pub gender: String,
    /// As its owner gave it; may be empty.
    pub address: String,
    /// What it may do.
    pub role: Role,
}

/// The role that the column `users.role` names; `None` for a word that the contract lacks.
pub fn role(word: &str) -> Option<Role> {
    Role::from_str_name(word).filter(|role| *role != Role::Unspecified)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_of_the_schema_is_known_and_no_other() {
        assert_eq!(role("CUSTOMER"), Some(Role::Customer));
        assert_eq!(role("ADMIN"), Some(Role::Admin));
        assert_eq!(role("SCANNER"), Some(Role::Scanner));
        for word in ["", "admin", "ROLE_UNSPECIFIED", "OWNER"] {
            assert_eq!(role(word), None, "{word}");
        }
    }
}
