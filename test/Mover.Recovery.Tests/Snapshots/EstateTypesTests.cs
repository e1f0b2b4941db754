using Mover.Core.Resources;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Tests.Snapshots;

public sealed class EstateTypesTests
{
    [Fact]
    public void A_snapshot_holds_machines_first_and_every_type_but_history()
    {
        var types = DescribedTypes.All.Where(type => !type.IsHistory).ToList();

        Assert.Equal(0, EstateTypes.RankOf(EstateTypes.Machine));
        Assert.Equal(Enumerable.Range(1, types.Count), types.Select(type => EstateTypes.RankOf(type.Name)));
        Assert.Equal(-1, EstateTypes.RankOf(ResourceTypes.JobRun));
        Assert.Equal("job definition", EstateTypes.WordOf("microsoft.storagemover/storagemovers/projects/jobdefinitions"));
    }
}
