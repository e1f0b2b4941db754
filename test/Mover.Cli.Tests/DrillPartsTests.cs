using Mover.Cli.Frame;
using Mover.Cli.Recovery;
using Mover.Recovery;
using Mover.Recovery.Drill;
using Mover.Transfer;
using Mover.Volumes.Local;

namespace Mover.Cli.Tests;

/// <summary>The parts of a drill that its command alone does not show: what counts as a difference, and whose folder is left alone.</summary>
public sealed class DrillPartsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Source => _folder["source"];

    private string Target => _folder["target"];

    public DrillPartsTests()
    {
        foreach (var folder in new[] { Source, Target })
        {
            Directory.CreateDirectory(folder);
            foreach (var name in new[] { "same.txt", "other.txt" })
            {
                File.WriteAllText(Path.Combine(folder, name), "content");
                File.SetLastWriteTimeUtc(Path.Combine(folder, name), DateTime.UnixEpoch);
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Equal_copies_are_counted()
    {
        var compared = await CompareAsync(Later);

        compared.RequireEqual();
        Assert.Equal((2L, 14L, 0L, 0L), (compared.Items, compared.Bytes, compared.Different, compared.ChangedSince));
        Assert.Equal("2 items, 14 B compared with the sources, equal", compared.ToString());
    }

    [Fact]
    public async Task A_copy_with_another_byte_is_named_and_makes_the_drill_fail()
    {
        Overwrite(Target, "other.txt", "contenT");
        File.Delete(Path.Combine(Target, "same.txt"));

        var compared = await CompareAsync(Later);
        var failed = Assert.Throws<RecoveryException>(compared.RequireEqual);

        Assert.Equal("CopyDiffers", failed.Code);
        Assert.StartsWith("2 of 2 items", failed.Message, StringComparison.Ordinal);
        Assert.Contains("job other.txt (Content: CRC-64", failed.Message, StringComparison.Ordinal);
        Assert.Contains("job same.txt (Missing", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_changed_at_the_source_after_the_start_is_no_difference()
    {
        var began = TimeProvider.System.GetUtcNow();
        Overwrite(Source, "other.txt", "newer");
        File.WriteAllText(Path.Combine(Source, "new.txt"), "new");

        var compared = await CompareAsync(began);

        compared.RequireEqual();
        Assert.Equal(2, compared.ChangedSince);
        Assert.EndsWith("; 2 changed at the source since the start", compared.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_is_of_a_running_drill_as_long_as_it_is_held()
    {
        var terminal = NewTerminal();
        DrillMark mark;
        (bool? IsRunning, int Removed) whileHeld;
        using (var folder = DrillFolder.Take(terminal))
        {
            Directory.CreateDirectory(folder.Agent);
            File.WriteAllText(Path.Combine(folder.Agent, "key.pem"), "key");
            mark = folder.Mark(DateTimeOffset.UnixEpoch);
            whileHeld = (DrillFolder.IsRunning(mark, terminal), DrillFolder.RemoveLeft(terminal));
            Assert.True(File.Exists(Path.Combine(folder.Agent, "key.pem")));
        }

        Directory.CreateDirectory(mark.Folder);
        File.WriteAllText(Path.Combine(mark.Folder, "lock"), string.Empty);
        var afterKill = DrillFolder.IsRunning(mark, terminal);
        var removed = DrillFolder.RemoveLeft(terminal);

        Assert.Equal((true, 0), whileHeld);
        Assert.False(afterKill);
        Assert.Equal(1, removed);
        Assert.False(Directory.Exists(mark.Folder));
        Assert.Null(DrillFolder.IsRunning(mark with { Host = "another" }, terminal));
        Assert.Null(DrillFolder.IsRunning(mark with { Folder = "/home/another/0a1b2c" }, terminal));
    }

    private static DateTimeOffset Later => TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1);

    private async Task<ComparedCopies> CompareAsync(DateTimeOffset since)
    {
        await using var source = new LocalVolume(new LocalVolumeOptions(Source));
        await using var target = new LocalVolume(new LocalVolumeOptions(Target) { IsTarget = true, IsReadOnly = true });
        var compared = new ComparedCopies();
        await compared.AddAsync(
            "job", source, target, new TransferOptions { PreserveMetadata = false }, _folder["work"], since, CancellationToken.None);
        return compared;
    }

    private static void Overwrite(string folder, string name, string text)
    {
        File.WriteAllText(Path.Combine(folder, name), text);
        File.SetLastWriteTimeUtc(Path.Combine(folder, name), DateTime.UnixEpoch);
    }

    private Terminal NewTerminal() => new()
    {
        Out = TextWriter.Null, Error = TextWriter.Null, In = TextReader.Null, CanAsk = false, Clock = TimeProvider.System,
        Environment = name => name == "HOME" ? _folder["home"] : null,
    };
}
