using System.Globalization;

namespace Mover.State;

/// <summary>One of those that keep the state together.</summary>
public sealed record StoreMember
{
    /// <summary>Its name: where an operator says the zone.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is reached; empty for a file.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>Whether it counts in decisions; one that only learns does not.</summary>
    public bool IsVoter { get; init; } = true;

    /// <summary>Whether it leads.</summary>
    public bool IsLeader { get; init; }

    /// <summary>Whether it answered, and knows a leader.</summary>
    public required bool IsReachable { get; init; }

    /// <summary>Why it is not reachable; null when it is.</summary>
    public string? Problem { get; init; }

    /// <summary>Its version; null when it is not known.</summary>
    public string? Version { get; init; }

    /// <summary>Bytes that it takes on its disk; null when that is not known.</summary>
    public long? Bytes { get; init; }

    /// <summary>Bytes of those that hold something; null when that is not known.</summary>
    public long? BytesInUse { get; init; }

    /// <summary>Bytes at which it takes no more writes; null when it does not tell.</summary>
    public long? BytesMax { get; init; }

    /// <summary>What it raises an alarm for, in its own words; none when all is well.</summary>
    public IReadOnlyList<string> Alarms { get; init; } = [];
}

/// <summary>Who keeps the state.</summary>
/// <param name="IsReplicated">False for a file of one machine.</param>
/// <param name="Members">All of them, by name.</param>
public sealed record StoreMembers(bool IsReplicated, IReadOnlyList<StoreMember> Members)
{
    /// <summary>A file of this machine.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="bytes">Its size.</param>
    public static StoreMembers OfOneMachine(string name, long? bytes) => new(false, [new()
    {
        Name = name, IsLeader = true, IsReachable = true, Bytes = bytes, BytesInUse = bytes,
    }]);

    /// <summary>What a further loss would mean: one sentence.</summary>
    public string Outlook
    {
        get
        {
            if (!IsReplicated)
            {
                return "The state is on this machine alone: its loss stops the control plane, and only a backup brings it back.";
            }

            var voters = Members.Count(member => member.IsVoter);
            var left = Members.Count(member => member is { IsVoter: true, IsReachable: true });
            var needed = (voters / 2) + 1;
            var told = Text($"{left} of {voters} voters left");
            return (left - needed) switch
            {
                < 0 => Text($"{told}: writes are blocked until {needed} are back."),
                0 when voters == 1 => Text($"{told}: its loss stops the control plane."),
                0 => Text($"{told}: one more loss stops writes."),
                1 => Text($"{told}: one may be lost without harm, a second loss stops writes."),
                var spare => Text($"{told}: {spare} may be lost without harm, one more loss stops writes."),
            };
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
