//! Exact rates out of a book that only says what requests cost.

use super::terms::{NoEntry, Terms};
use crate::cost::rates::{CallTokens, PerMillion, Rates, Tier, price_of_call};
use genai_prices::{Calculator, ErrorKind, PriceCalculation, PriceRequest, Usage, UsageKey};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Prompts up to this size are looked at, in tokens; no model takes as many.
const MAX_PROMPT: u32 = 1 << 24;
/// More sizes than this at which the price changes are no tiers.
const MAX_TIERS: usize = 16;
/// Floating point makes differences up to here; a change of price is far above.
pub(super) const NOISE: f64 = 1e-11;
/// How well the rates have to give back what the book says.
const AGREEMENT: f64 = 1e-9;

/// True for prices that are not the same.
pub(super) fn differ(left: f64, right: f64) -> bool {
    (left - right).abs() > NOISE * left.abs().max(right.abs())
}

/// Questions about one model at one time.
#[derive(Clone, Copy)]
pub(super) struct Probe<'a> {
    pub(super) calculator: &'a Calculator,
    pub(super) provider: &'a str,
    pub(super) reference: &'a str,
    pub(super) terms: &'a Terms,
    pub(super) at: std::time::SystemTime,
}

type Part = (UsageKey, f64);

impl Probe<'_> {
    fn ask(&self, usage: &[Part]) -> genai_prices::Result<PriceCalculation> {
        let usage: Usage = usage.iter().cloned().collect();
        let request = PriceRequest::new(self.reference, &usage);
        let mut request = request.with_provider_id(self.provider).with_timestamp(self.at);
        for (key, value) in self.terms.context() {
            request = request.with_price_context(key, value);
        }
        self.calculator.calculate(&request)
    }

    fn price(&self, usage: &[Part]) -> Result<PriceCalculation, NoEntry> {
        self.ask(usage).map_err(|error| NoEntry::NotExact(error.to_string()))
    }

    /// Whether the model has a price of its own for a whole, of which `part` names only a part: zero is a price
    /// too. The book refuses usage that names a part (cached text) without the whole (what was cached), but only
    /// where the whole has a price.
    fn has_whole(&self, part: &[Part]) -> bool {
        self.ask(part).is_err_and(|error| error.kind() == ErrorKind::InvalidUsage)
    }

    /// Refuses what [`Rates`] cannot say.
    pub(super) fn check_kind_of_price(&self) -> Result<(), NoEntry> {
        if !self.has_whole(&[(UsageKey::CACHE_READ_TOKENS, 1.0)]) {
            return Err(NoEntry::NoPrice("input".to_owned()));
        }
        if !self.has_whole(&[(UsageKey::INPUT_TOKENS, 1.0), (UsageKey::OUTPUT_REASONING_TOKENS, 1.0)]) {
            return Err(NoEntry::NoPrice("output".to_owned()));
        }
        let nothing = self.price(&[(UsageKey::INPUT_TOKENS, 0.0), (UsageKey::OUTPUT_TOKENS, 0.0)])?;
        if nothing.total_price > 0.0 {
            return Err(NoEntry::NotExact("each request is charged for, besides its tokens".to_owned()));
        }
        let output = [(UsageKey::INPUT_TOKENS, 1e6), (UsageKey::OUTPUT_TOKENS, 1e6)];
        let thought = [output.as_slice(), &[(UsageKey::OUTPUT_REASONING_TOKENS, 1e6)]].concat();
        if differ(self.price(&output)?.output_price, self.price(&thought)?.output_price) {
            return Err(NoEntry::NotExact("thinking has a price of its own".to_owned()));
        }
        Ok(())
    }

    /// The price of a token of a request with so large a prompt, all kinds mixed.
    pub(super) fn blend(&self, prompt: u32) -> Result<f64, NoEntry> {
        let prompt = f64::from(prompt);
        let usage = [
            (UsageKey::INPUT_TOKENS, prompt),
            (UsageKey::CACHE_READ_TOKENS, prompt / 8.0),
            (UsageKey::CACHE_WRITE_TOKENS, prompt / 4.0),
            (UsageKey::CACHE_WRITE_5M_TOKENS, prompt / 8.0),
            (UsageKey::CACHE_WRITE_1H_TOKENS, prompt / 8.0),
            (UsageKey::OUTPUT_TOKENS, prompt),
        ];
        Ok(self.price(&usage)?.total_price / prompt)
    }

    /// The rates for prompts of every size.
    pub(super) fn rates(&self) -> Result<Rates, NoEntry> {
        let boundaries = self.boundaries()?;
        let ends = boundaries.iter().skip(1).copied().chain(std::iter::once(MAX_PROMPT));
        let mut tiers = Vec::new();
        for (above, end) in boundaries.iter().copied().zip(ends.clone()) {
            let size = above + (end - above).div_ceil(2);
            tiers.push(Tier { above: u64::from(above), per_million: self.per_million(size)? });
        }
        let rates = Rates::new(tiers).ok_or_else(|| NoEntry::NotExact("its tiers do not rise".to_owned()))?;
        for (above, end) in boundaries.iter().copied().zip(ends) {
            for size in [above + 1, above + (end - above).div_ceil(3), end] {
                self.check(&rates, size)?;
            }
        }
        Ok(rates)
    }

    /// The sizes of prompts above which another price holds, beginning with 0.
    fn boundaries(&self) -> Result<Vec<u32>, NoEntry> {
        let mut found = vec![0];
        let grid = (1..=24_u32).flat_map(|power| [1 << power, 3 << (power - 1)]);
        let (mut low, mut price) = (1_u32, self.blend(1)?);
        for high in grid.filter(|size| *size <= MAX_PROMPT) {
            while differ(self.blend(high)?, price) {
                let (mut same, mut other) = (low, high);
                while other - same > 1 {
                    let middle = same + (other - same) / 2;
                    if differ(self.blend(middle)?, price) { other = middle } else { same = middle }
                }
                found.push(same);
                if found.len() > MAX_TIERS {
                    return Err(NoEntry::NotExact("its price does not go by steps".to_owned()));
                }
                (low, price) = (other, self.blend(other)?);
            }
            low = high;
        }
        Ok(found)
    }

    fn per_million(&self, size: u32) -> Result<PerMillion, NoEntry> {
        let (one, all) = (1.0, f64::from(size));
        let input = (UsageKey::INPUT_TOKENS, all);
        let text = (UsageKey::INPUT_TEXT_TOKENS, one);
        let text_write = (UsageKey::CACHE_TEXT_WRITE_TOKENS, one);
        let reads = [input.clone(), text.clone(), (UsageKey::CACHE_TEXT_READ_TOKENS, one)];
        let writes = [input.clone(), text.clone(), text_write.clone()];
        let write = (UsageKey::CACHE_WRITE_TOKENS, all);
        let hour = (UsageKey::CACHE_TEXT_WRITE_1H_TOKENS, one);
        let writes_1h = [input.clone(), text, (UsageKey::CACHE_WRITE_TOKENS, one), text_write, hour];
        let rate = |usage: &[Part]| {
            let usage = [std::slice::from_ref(&input), usage].concat();
            rate_of(self.price(&usage)?.input_price, all)
        };
        let own = |whole: &[Part], usage: &[Part]| self.has_whole(whole).then(|| rate(usage)).transpose();
        let output = self.price(&[input.clone(), (UsageKey::OUTPUT_TOKENS, all)])?.output_price;
        Ok(PerMillion {
            input: rate(&[])?,
            output: rate_of(output, all)?,
            cache_read: own(&reads, &[(UsageKey::CACHE_READ_TOKENS, all)])?,
            cache_write_5m: own(&writes, &[write.clone(), (UsageKey::CACHE_WRITE_5M_TOKENS, all)])?,
            cache_write_1h: own(&writes_1h, &[write, (UsageKey::CACHE_WRITE_1H_TOKENS, all)])?,
        })
    }

    /// Compares the rates with the book on a request that has all kinds of tokens.
    fn check(&self, rates: &Rates, prompt: u32) -> Result<(), NoEntry> {
        let (read, write, hour, output) = (prompt / 2, prompt / 5, prompt / 7, prompt / 3 + 1);
        let tokens = CallTokens {
            fresh: u64::from(prompt - read - write - hour),
            cache_read: u64::from(read),
            cache_write_5m: u64::from(write),
            cache_write_1h: u64::from(hour),
            output: u64::from(output),
        };
        let usage = [
            (UsageKey::INPUT_TOKENS, f64::from(prompt)),
            (UsageKey::CACHE_READ_TOKENS, f64::from(read)),
            (UsageKey::CACHE_WRITE_TOKENS, f64::from(write + hour)),
            (UsageKey::CACHE_WRITE_5M_TOKENS, f64::from(write)),
            (UsageKey::CACHE_WRITE_1H_TOKENS, f64::from(hour)),
            (UsageKey::OUTPUT_TOKENS, f64::from(output)),
        ];
        let theirs = self.price(&usage)?.total_price;
        let ours = price_of_call(rates, tokens).and_then(|price| price.amount().to_f64());
        if ours.is_some_and(|ours| (ours - theirs).abs() <= AGREEMENT * theirs) {
            return Ok(());
        }
        Err(NoEntry::NotExact(format!("no rates were found that give {theirs} dollars for {prompt} tokens")))
    }
}

fn rate_of(price: f64, tokens: f64) -> Result<Decimal, NoEntry> {
    shortest(price * 1e6 / tokens)
        .ok_or_else(|| NoEntry::NotExact(format!("{price} dollars for {tokens} tokens is no rate")))
}

/// The shortest decimal that a floating-point number can have come from. Published rates have up to six digits;
/// thirds, of which the book has a few, are rounded to twelve.
fn shortest(rate: f64) -> Option<Decimal> {
    if rate == 0.0 {
        return Some(Decimal::ZERO);
    }
    let rounded = |digits: usize, tolerance: f64| {
        let text = format!("{rate:.digits$e}");
        let back: f64 = text.parse().ok()?;
        let close = (back - rate).abs() <= tolerance * rate;
        close.then(|| Decimal::from_scientific(&text).ok()).flatten().map(|decimal| decimal.normalize())
    };
    (0..12).find_map(|digits| rounded(digits, 1e-13)).or_else(|| rounded(11, AGREEMENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noise_of_floating_point_comes_off() {
        for (rate, text) in [
            (2.0, "2"),
            (0.06 * 3.0, "0.18"),
            (0.1 + 0.2, "0.3"),
            (0.422_472, "0.422472"),
            (1.0 / 12.0, "0.0833333333333"),
            (1_000_000.0, "1000000"),
            (0.0, "0"),
        ] {
            assert_eq!(shortest(rate).map(|decimal| decimal.to_string()).as_deref(), Some(text), "{rate}");
        }
        assert_eq!(shortest(f64::NAN), None);
        assert_eq!(shortest(f64::INFINITY), None);
    }
}
