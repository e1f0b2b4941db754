namespace Mover.Server.Authorization;

/// <summary>
/// At which revision of the store each key of a cache is known. A cache that asks here first never goes back, in whatever order a watch, a
/// listing and reads of single keys bring their news. Holds no more than the keys read ahead of the watch. Not thread-safe.
/// </summary>
internal sealed class KnownRevisions
{
    private readonly Dictionary<string, long> _read = new(StringComparer.Ordinal);

    // Pages of the last listing, in key order: up to and including which key (null: the end), and at which revision.
    private readonly List<(string? Last, long Revision)> _listed = [];
    private long _watched = -1;

    /// <summary>True when a change that the watch tells of is news. The watch tells of changes in their order.</summary>
    public bool TakeChange(string key, long revision)
    {
        var isNews = revision > Of(key);
        if (revision > _watched)
        {
            _watched = revision;
            foreach (var (read, at) in _read)
            {
                if (at < revision)
                {
                    _read.Remove(read);
                }
            }

            if (_listed.TrueForAll(page => page.Revision < revision))
            {
                _listed.Clear();
            }
        }

        return isNews;
    }

    /// <summary>True when a key's state is news that was read by itself at the revision.</summary>
    public bool TakeRead(string key, long revision)
    {
        var isNews = IsNews(key, revision);
        if (isNews)
        {
            _read[key] = revision;
        }

        return isNews;
    }

    /// <summary>True when a key's state, or its absence, in a page of a listing at the revision is news.</summary>
    public bool IsNews(string key, long revision) => revision >= Of(key) && revision >= _watched;

    /// <summary>A listing begins; the watch will go on from its first page.</summary>
    public void StartListing() => _listed.Clear();

    /// <summary>A page was taken: keys up to and including this one, null for all that are left, are known at the revision.</summary>
    public void Listed(string? last, long revision) => _listed.Add((last, revision));

    private long Of(string key)
    {
        var at = _listed.FindIndex(page => page.Last is null || string.CompareOrdinal(key, page.Last) <= 0);
        return Math.Max(at < 0 ? -1 : _listed[at].Revision, _read.GetValueOrDefault(key, -1));
    }
}
