using System.Globalization;
using Mover.State.Documents;

namespace Mover.State.Mirror;

/// <summary>The audit record of a failover, in the state that is served from then on.</summary>
public static class RegionAudit
{
    /// <summary>The write that belongs into the commit of a role.</summary>
    public static StateWrite Of(RegionRole role, WriteStamp stamp)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"epoch-{role.Epoch}-{Guid.NewGuid():n}");
        var record = AuditLog.Record(stamp, [new(RegionRole.Key, "updated", role.Epoch)], number, 0).Record;
        return record with { Key = role.Root + record.Key };
    }
}
