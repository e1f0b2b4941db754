using System.Diagnostics.CodeAnalysis;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Compare;

/// <summary>A target item that the source does not list.</summary>
/// <param name="Entry">The item.</param>
/// <param name="Key">What the target tells its name apart by.</param>
/// <param name="Rival">The first target item with this key; null when it is the first itself.</param>
/// <param name="IsImplied">True when the source lists something below its name: then that is a folder there, although no entry says
/// so.</param>
internal readonly record struct ExtraItem(Entry Entry, EntryPath Key, Entry? Rival, bool IsImplied = false);

/// <summary>
/// Tells of target items that the source does not list whether the source has a folder there all the same: where folders are only prefixes
/// of names, only what lies in one shows it. In path order <c>a-b</c> comes between <c>a</c> and <c>a/b</c>, so an item may have to wait
/// for the source to get so far; it is told before anything below its name. For one merge.
/// </summary>
internal sealed class ImpliedFolders
{
    private readonly List<ExtraItem> _waiting = [];

    public void Add(ExtraItem extra) => _waiting.Add(extra);

    /// <summary>Takes out the next item of which the source's position tells; false when there is none.</summary>
    /// <param name="source">The key on which the source stands; null behind its last entry.</param>
    /// <param name="told">The item.</param>
    public bool TryTake(EntryPath? source, [NotNullWhen(true)] out ExtraItem? told)
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            var key = _waiting[i].Key;
            var isImplied = source is { } below && below.IsWithin(key);
            if (isImplied || source is not { } position || Prefixes.IsPassed(key, position))
            {
                told = _waiting[i] with { IsImplied = isImplied };
                _waiting.RemoveAt(i);
                return true;
            }
        }

        told = null;
        return false;
    }
}
