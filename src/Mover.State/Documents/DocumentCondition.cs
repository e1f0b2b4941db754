namespace Mover.State.Documents;

/// <summary>
/// What must hold of a document for a write to happen. The default value always holds. Source: RFC 9110, sections 13.1.1 and 13.1.2, as ARM
/// uses them.
/// </summary>
public readonly record struct DocumentCondition
{
    private readonly string? _ifMatch;
    private readonly string? _ifNoneMatch;

    private readonly DocumentInfo? _read;

    private DocumentCondition(string? ifMatch, string? ifNoneMatch, DocumentInfo? read = null)
    {
        _ifMatch = ifMatch;
        _ifNoneMatch = ifNoneMatch;
        _read = read;
    }

    /// <summary>Holds always: the last writer wins.</summary>
    public static DocumentCondition Always => default;

    /// <summary>Holds when there is no document: <c>If-None-Match: *</c>.</summary>
    public static DocumentCondition Absent => new(null, "*");

    /// <summary>Holds when there is a document: <c>If-Match: *</c>.</summary>
    public static DocumentCondition Exists => new("*", null);

    /// <summary>Holds when the document is at exactly this version.</summary>
    public static DocumentCondition Match(string etag) => new(etag, null);

    /// <summary>Holds while the document is as it was read: a commit on this condition does not read it again.</summary>
    public static DocumentCondition Unchanged(DocumentInfo read) => new(read.ETag, null, read);

    /// <summary>As above; null stands for no document.</summary>
    public static DocumentCondition AsRead(DocumentInfo? read) => read is null ? Absent : Unchanged(read);

    /// <summary>From the request's headers, each a <c>*</c>, one tag, or tags with commas between; null or empty when not sent.</summary>
    public static DocumentCondition FromHeaders(string? ifMatch, string? ifNoneMatch) =>
        new(string.IsNullOrWhiteSpace(ifMatch) ? null : ifMatch, string.IsNullOrWhiteSpace(ifNoneMatch) ? null : ifNoneMatch);

    /// <summary>
    /// True when what is stored follows from the condition itself, if it holds: then <paramref name="stored"/> is that.
    /// </summary>
    internal bool Tells(out DocumentInfo? stored)
    {
        stored = _read;
        return _read is not null || (_ifMatch is null && _ifNoneMatch == "*");
    }

    /// <summary>True when the condition holds of what is stored; null when nothing is.</summary>
    public bool Holds(DocumentInfo? stored) =>
        (_read is null || _read.Revision == stored?.Revision) &&
        (_ifMatch is null || Names(_ifMatch, stored)) && (_ifNoneMatch is null || !Names(_ifNoneMatch, stored));

    // Tags of this store are strong and hold no comma; a weak tag never equals one.
    private static bool Names(string header, DocumentInfo? stored)
    {
        if (stored is null)
        {
            return false;
        }

        foreach (var part in header.AsSpan().Split(','))
        {
            var tag = header.AsSpan()[part].Trim();
            if (tag is "*" || tag.SequenceEqual(stored.ETag))
            {
                return true;
            }
        }

        return false;
    }
}
