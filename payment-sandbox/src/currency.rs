//! The currencies that Stripe charges in. Pure.

const CODES: &str = "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bif bmd bnd bob brl bsd bwp byn bzd cad \
    cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf \
    idr ils inr isk jmd jpy kes kgs khr kmf krw kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk \
    mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sos \
    srd std szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw";

/// Stripe's writing of `code`, in lower case; `None` where it does not charge in it.
pub fn known(code: &str) -> Option<String> {
    let code = code.to_ascii_lowercase();
    CODES.split_ascii_whitespace().any(|known| known == code).then_some(code)
}

/// Those that have no smaller unit, as Stripe charges in them.
const WHOLE: &str = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf";

/// An amount in the smallest unit of `code`, for people: `EUR 45.50`.
pub fn written(amount: i64, code: &str) -> String {
    let name = code.to_ascii_uppercase();
    match WHOLE.split_ascii_whitespace().any(|whole| whole == code) {
        true => format!("{name} {amount}"),
        false => format!("{name} {}.{:02}", amount / 100, amount % 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_people_read_them() {
        let written = [(4_550, "eur"), (5, "chf"), (4_550, "jpy")].map(|(amount, code)| written(amount, code));
        assert_eq!(written, ["EUR 45.50", "CHF 0.05", "JPY 4550"]);
    }

    #[test]
    fn codes_are_known_in_either_case_and_whole() {
        assert_eq!(known("EUR").as_deref(), Some("eur"));
        assert_eq!(known("jpy").as_deref(), Some("jpy"));
        for code in ["", "eu", "xyz", "eur usd", "€"] {
            assert_eq!(known(code), None, "{code}");
        }
    }
}
