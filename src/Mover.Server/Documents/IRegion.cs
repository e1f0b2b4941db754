using Mover.State.Mirror;

namespace Mover.Server.Documents;

/// <summary>The region that this server is in, as far as everything it does has to know of it.</summary>
internal interface IRegion
{
    /// <summary>Its role, as this instance has seen it last.</summary>
    RegionSeat Seat { get; }

    /// <summary>What was written last up to this revision was written in another region, with leases of its own; 0 for none.</summary>
    long ForeignUpTo { get; }

    /// <summary>Where the servers of its pair are reached; empty without a pair.</summary>
    IReadOnlyList<string> PairAddresses { get; }
}
