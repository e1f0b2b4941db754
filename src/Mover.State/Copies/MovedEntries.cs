using System.Runtime.CompilerServices;
using Mover.State.Documents;

namespace Mover.State.Copies;

/// <summary>
/// What of a state goes along when it is copied or backed up: all but what is bound to a lease, the markers with which writers resolve
/// unknown outcomes, and what a store notes about itself.
/// </summary>
public static class MovedEntries
{
    /// <summary>The entries of a snapshot that go along, in key order.</summary>
    public static async IAsyncEnumerable<StateEntry> OfAsync(
        IStateSnapshot snapshot, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var entry in snapshot.ReadAsync(cancel))
        {
            if (Goes(entry))
            {
                yield return entry;
            }
        }
    }

    /// <summary>Whether an entry goes along.</summary>
    public static bool Goes(StateEntry entry) =>
        entry.LeaseId == 0 && !IsMarker(entry.Key) && !IsNote(entry.Key);

    /// <summary>Whether a key is that of a marker, which is no document.</summary>
    public static bool IsMarker(string key) => key.StartsWith(ExactCommits.Prefix, StringComparison.Ordinal);

    /// <summary>Whether a key is a store's note about itself.</summary>
    internal static bool IsNote(string key) => key == UnfinishedMark.Key.Stored || key == CopyMark.Key.Stored;
}
