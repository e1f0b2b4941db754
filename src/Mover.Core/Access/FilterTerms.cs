using System.Diagnostics.CodeAnalysis;

namespace Mover.Core.Access;

/// <summary>One term of an OData filter: <c>name op 'value'</c>, or a function <c>name()</c> or <c>name('value')</c>.</summary>
/// <param name="Name">The property or function.</param>
/// <param name="Operator"><c>eq</c>, <c>ge</c>, <c>gt</c>, <c>le</c>, <c>lt</c>, or <c>()</c> for a function.</param>
/// <param name="Value">What it is compared with or given; empty for a function without an argument.</param>
public readonly record struct FilterTerm(string Name, string Operator, string Value)
{
    /// <summary>True when it is this function, casing aside.</summary>
    public bool IsFunction(string name) => Operator == "()" && Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>True when it is this comparison, casing aside.</summary>
    public bool Compares(string name, string comparison) =>
        Operator == comparison && Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Reads the filters that Azure's authorization and monitoring providers take: terms joined by <c>and</c>.</summary>
public static class FilterTerms
{
    /// <summary>Terms of one filter.</summary>
    public const int TermsMax = 16;

    private static readonly string[] Operators = ["eq", "ge", "gt", "le", "lt"];

    /// <summary>The terms; none for an empty text. False when the text is not such a filter.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out IReadOnlyList<FilterTerm>? terms)
    {
        var found = new List<FilterTerm>();
        var left = text.AsSpan().Trim();
        terms = null;
        while (left.Length > 0)
        {
            if (found.Count == TermsMax || !TryTerm(ref left, out var term))
            {
                return false;
            }

            found.Add(term);
            left = left.TrimStart();
            if (left.Length > 0)
            {
                if (!left.StartsWith("and ", StringComparison.OrdinalIgnoreCase))
                {
                    return false;
                }

                left = left[4..].TrimStart();
                if (left.Length == 0)
                {
                    return false;
                }
            }
        }

        terms = found;
        return true;
    }

    private static bool TryTerm(ref ReadOnlySpan<char> left, out FilterTerm term)
    {
        term = default;
        var end = left.IndexOfAny(' ', '(');
        if (end <= 0)
        {
            return false;
        }

        var name = left[..end].ToString();
        left = left[end..].TrimStart();
        if (left.Length > 0 && left[0] == '(')
        {
            left = left[1..].TrimStart();
            var argument = string.Empty;
            if (left.Length > 0 && left[0] == '\'' && !TryText(ref left, out argument))
            {
                return false;
            }

            left = left.TrimStart();
            if (left.Length == 0 || left[0] != ')')
            {
                return false;
            }

            left = left[1..];
            term = new(name, "()", argument);
            return true;
        }

        var comparison = Array.Find(Operators, Starts(left));
        if (comparison is null)
        {
            return false;
        }

        left = left[(comparison.Length + 1)..].TrimStart();
        var read = TryText(ref left, out var value);
        term = new(name, comparison, value);
        return read;
    }

    private static Predicate<string> Starts(ReadOnlySpan<char> left)
    {
        var start = left[..Math.Min(3, left.Length)].ToString();
        return comparison => start.Equals(comparison + " ", StringComparison.OrdinalIgnoreCase);
    }

    // Quotes are doubled inside; a value without quotes ends at a blank.
    private static bool TryText(ref ReadOnlySpan<char> left, out string text)
    {
        text = string.Empty;
        if (left.Length == 0 || left[0] != '\'')
        {
            var blank = left.IndexOf(' ');
            text = (blank < 0 ? left : left[..blank]).ToString();
            left = blank < 0 ? [] : left[blank..];
            return text.Length > 0;
        }

        var at = 1;
        while (at < left.Length && (left[at] != '\'' || (at + 1 < left.Length && left[at + 1] == '\'')))
        {
            at += left[at] == '\'' ? 2 : 1;
        }

        if (at >= left.Length)
        {
            return false;
        }

        text = left[1..at].ToString().Replace("''", "'", StringComparison.Ordinal);
        left = left[(at + 1)..];
        return true;
    }
}
