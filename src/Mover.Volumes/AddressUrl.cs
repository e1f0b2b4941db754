using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Mover.Volumes;

/// <summary>
/// An address as a person writes it: <c>scheme://authority/path?query</c>. Every character of the path stands for itself, <c>#</c> among
/// them, but two: <c>%XX</c> is an escaped byte and <c>?</c> begins the query. Nothing is normalized: what could mean two places is
/// refused, because a mirror deletes at the place that is meant.
/// </summary>
/// <param name="Scheme">In lower case.</param>
/// <param name="Authority">Host and port as they were written.</param>
/// <param name="Path">Without the slashes at its ends, its escapes undone.</param>
/// <param name="Query">What follows the first <c>?</c>; null when there is none.</param>
public sealed record AddressUrl(string Scheme, string Authority, string Path, string? Query)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether the text is an address with a scheme; everything else is a local path.</summary>
    public static bool HasScheme(string text)
    {
        var at = text.IndexOf("://", StringComparison.Ordinal);
        return at > 0 && text.AsSpan(0, at).IndexOfAnyExcept(SchemeCharacters) < 0;
    }

    /// <summary>Reads an address. Throws <see cref="FormatException"/> with what is wrong and how it is written instead.</summary>
    public static AddressUrl Parse(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var slash = text.IndexOf('/', start);
        var end = slash < 0 ? text.Length : slash;
        var mark = text.IndexOf('?', start);
        var query = mark < 0 ? null : text[(mark + 1)..];
        var path = mark < 0 ? text[end..] : text[Math.Min(end, mark)..mark];
        var authority = text[start..Math.Min(end, mark < 0 ? end : mark)];
        if (authority.AsSpan().IndexOfAny("@#%\\ ") >= 0)
        {
            throw new FormatException($"'{authority}' is not a host with an optional port.");
        }

        return new(text[..(start - 3)].ToLowerInvariant(), authority, ReadPath(path), query);
    }

    /// <summary>Writes a path so that <see cref="Parse"/> reads the same one.</summary>
    public static string Escape(string path) =>
        path.Replace("%", "%25", StringComparison.Ordinal).Replace("?", "%3F", StringComparison.Ordinal);

    /// <summary>The address of the host; false when the authority is not one.</summary>
    public bool TryGetHost([NotNullWhen(true)] out Uri? host) =>
        Uri.TryCreate($"{Scheme}://{Authority}/", UriKind.Absolute, out host) && host.Host.Length > 0;

    private static System.Buffers.SearchValues<char> SchemeCharacters { get; } =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    private static string ReadPath(string escaped)
    {
        var path = Unescape(escaped);
        path = path.StartsWith('/') ? path[1..] : path;
        path = path.EndsWith('/') ? path[..^1] : path;
        if (path.Length > 0 && path.Split('/').FirstOrDefault(name => name is "" or "." or "..") is { } name)
        {
            throw new FormatException(name.Length == 0
                ? $"'{escaped}' has two slashes in a row. Write one."
                : $"'{escaped}' has a part '{name}'. Write the resolved path.");
        }

        return path;
    }

    private static string Unescape(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            if (text[at] != '%')
            {
                var run = text.IndexOf('%', at) is var next and >= 0 ? next : text.Length;
                bytes.AddRange(Encoding.UTF8.GetBytes(text[at..run]));
                at = run;
                continue;
            }

            if (at + 2 >= text.Length
                || !byte.TryParse(text.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                throw new FormatException($"'{text}' has a % that is not followed by two hexadecimal digits. "
                    + "Write %25 for a percent sign.");
            }

            if (value is (byte)'/' or 0)
            {
                throw new FormatException($"'{text}' has an escaped slash or NUL, which names cannot contain.");
            }

            bytes.Add(value);
            at += 3;
        }

        try
        {
            return Strict.GetString([.. bytes]);
        }
        catch (DecoderFallbackException invalid)
        {
            throw new FormatException($"'{text}' has escapes that are not UTF-8.", invalid);
        }
    }
}
