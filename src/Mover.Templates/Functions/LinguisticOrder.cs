using System.Text;

namespace Mover.Templates.Functions;

/// <summary>
/// The order of texts that <c>less</c> and its kin use: that of the root of Unicode's collation, for punctuation, digits and Latin letters:
/// letters first, then accents, then lower before upper case. Other scripts go by code point. The program runs without culture data.
/// </summary>
internal static class LinguisticOrder
{
    private const string Punctuation = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

    /// <summary>Below 0 when the first comes before the second.</summary>
    public static int Compare(string one, string other)
    {
        var (a, b) = (Decomposed(one), Decomposed(other));
        var (lettersA, lettersB) = (a.Where(IsNoMark), b.Where(IsNoMark));
        var byLetters = CompareAll(lettersA.Select(Weight), lettersB.Select(Weight));
        if (byLetters != 0)
        {
            return byLetters;
        }

        var byAccents = CompareAll(a.Select(unit => IsNoMark(unit) ? 0 : unit), b.Select(unit => IsNoMark(unit) ? 0 : unit));
        return byAccents != 0 ? byAccents : CompareAll(lettersA.Select(CaseOf), lettersB.Select(CaseOf));
    }

    private static string Decomposed(string text)
    {
        try
        {
            return text.Normalize(NormalizationForm.FormD);
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair.
            return text;
        }
    }

    private static bool IsNoMark(char unit) => unit is < '\u0300' or > '\u036F';

    private static int CaseOf(char unit) => char.IsUpper(unit) ? 1 : 0;

    private static int Weight(char unit)
    {
        if (char.IsWhiteSpace(unit))
        {
            return 1;
        }

        var mark = Punctuation.IndexOf(unit, StringComparison.Ordinal);
        return mark >= 0 ? 2 + mark : 100 + char.ToLowerInvariant(unit);
    }

    private static int CompareAll(IEnumerable<int> one, IEnumerable<int> other)
    {
        using var a = one.GetEnumerator();
        using var b = other.GetEnumerator();
        while (true)
        {
            var (hasA, hasB) = (a.MoveNext(), b.MoveNext());
            if (!hasA || !hasB)
            {
                return hasA.CompareTo(hasB);
            }

            if (a.Current != b.Current)
            {
                return a.Current.CompareTo(b.Current);
            }
        }
    }
}
