using Mover.Core.Resources;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Tests.Snapshots;

public sealed class EstateTypesTests
{
    [Fact]
    public void A_snapshot_holds_every_type_that_is_no_history_and_machines_first()
    {
        var types = DescribedTypes.All.Where(type => !type.IsHistory).ToList();

        Assert.Equal(0, EstateTypes.RankOf(EstateTypes.Machine));
        Assert.Equal(Enumerable.Range(1, types.Count), types.Select(type => EstateTypes.RankOf(type.Name)));
        Assert.Equal(-1, EstateTypes.RankOf(ResourceTypes.JobRun));
        Assert.Equal("job definition", EstateTypes.WordOf("microsoft.storagemover/storagemovers/projects/jobdefinitions"));
    }
}
