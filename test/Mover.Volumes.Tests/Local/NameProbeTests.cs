using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Volumes.Local;

namespace Mover.Volumes.Tests.Local;

public sealed class NameProbeTests : IDisposable
{
    private readonly FileTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_target_whose_names_are_bytes_folds_none_and_the_probe_leaves_no_trace(bool isReadOnly)
    {
        File.WriteAllText(Path.Combine(_tree.RootPath, "Caf\u00e9"), "1");
        var time = DateTime.UnixEpoch.AddDays(1);
        Directory.SetLastWriteTimeUtc(_tree.RootPath, time);

        await using var volume = new LocalVolume(new(_tree.RootPath) { IsTarget = true, IsReadOnly = isReadOnly });

        Assert.Equal(NameFoldings.None, volume.Traits.Folds);
        Assert.Equal(time, Directory.GetLastWriteTimeUtc(_tree.RootPath));
        Assert.Equal(["Caf\u00e9"], Directory.EnumerateFileSystemEntries(_tree.RootPath).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_target_that_is_only_looked_at_and_not_there_is_empty_and_stays_away()
    {
        var absent = Path.Combine(_tree.RootPath, "not/there");

        await using var volume = new LocalVolume(new(absent) { IsTarget = true, IsReadOnly = true });

        Assert.Empty(await volume.ScanAsync(default).ToListAsync());
        Assert.Null(await volume.FindAsync(EntryPath.Of("f"), default));
        Assert.Equal("file://" + absent, volume.Traits.Place);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_tree.RootPath));
    }

    [Fact]
    public async Task A_probe_that_a_killed_process_left_is_hidden_and_removed()
    {
        var left = Path.Combine(_tree.RootPath, ".mover-tmp-p" + new string('a', 32) + "\u00e9");
        File.WriteAllText(left, string.Empty);

        await using var volume = new LocalVolume(new(_tree.RootPath) { IsTarget = true });

        Assert.Empty(await volume.ScanAsync(default).ToListAsync());
        Assert.False(File.Exists(left));
    }
}
