using System.Diagnostics;

namespace Mover.State.Sqlite;

/// <summary>The order of changes as one number: the commit's revision and the write's place in it.</summary>
internal static class SqliteSequence
{
    private const int PlaceBits = 20;

    /// <summary>The number of a change; also the first of its revision when the place is 0.</summary>
    public static long Of(long revision, int place = 0) =>
        place < 1 << PlaceBits
            ? (revision << PlaceBits) + place
            : throw new UnreachableException($"Revision {revision} has more than {1 << PlaceBits} changes.");

    /// <summary>The revision of a change.</summary>
    public static long Revision(long sequence) => sequence >> PlaceBits;
}
