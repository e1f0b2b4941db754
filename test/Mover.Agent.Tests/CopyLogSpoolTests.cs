using Mover.Core.Jobs;
using Mover.Server.Tests;
using Mover.Transfer;
using Mover.Transfer.Contract;

namespace Mover.Agent.Tests;

public sealed class CopyLogSpoolTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_journalled_and_not_spooled_when_the_agent_was_killed_is_added_once_and_in_order()
    {
        var journal = Enumerable.Range(0, 6)
            .Select(i => new ItemOutcome(
                EntryPath.Of($"item {i}"), EntryType.File, i % 2 == 0 ? ItemResult.Failed : ItemResult.Transferred, StatusCodes.ItemSourceIo, 1))
            .ToList();
        var path = _folder.At("copylog.jsonl");
        using (var killed = CopyLogSpool.Open(path))
        {
            killed.Append(journal[0], ChannelScene.Morning);
        }

        using var spool = CopyLogSpool.Open(path);
        spool.CatchUp(journal.ForEach, ChannelScene.Morning);
        spool.CatchUp(journal.ForEach, ChannelScene.Morning);

        Assert.Equal(["item 0", "item 2", "item 4"], spool.Read(0, 10).Select(entry => entry.Path));
    }
}
