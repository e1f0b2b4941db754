using Mover.Core.AgentProtocol;
using Mover.Server.Tests;
using Mover.Transfer;
using Mover.Transfer.Contract;

namespace Mover.Agent.Tests;

public sealed class AgentFolderTests
{
    [Fact]
    public void Two_agents_cannot_work_in_one_folder()
    {
        using var temp = new TempFolder();
        using var first = AgentFolder.Open(temp.At("a"));

        var refused = Assert.Throws<AgentFolderException>(() => AgentFolder.Open(temp.At("a")));

        Assert.Contains("Another agent uses", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_ended_is_found_by_when_it_ended_and_one_that_has_not_is_not()
    {
        using var temp = new TempFolder();
        using var folder = AgentFolder.Open(temp.At("a"));
        var (early, late) = (new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero));
        foreach (var (name, at) in new[] { ("early", early), ("late", late) })
        {
            Directory.CreateDirectory(temp.At("a", "runs", name));
            File.WriteAllText(temp.At("a", "runs", name, "ended.json"), "damaged");
            File.SetLastWriteTimeUtc(temp.At("a", "runs", name, "ended.json"), at.UtcDateTime);
        }

        Directory.CreateDirectory(temp.At("a", "runs", "open"));
        File.WriteAllText(temp.At("a", "runs", "open", "run.json"), "{}");

        Assert.Equal(["early", "late"], folder.FindEnded(early).Select(run => run.RunName).Order());
        Assert.Equal("late", Assert.Single(folder.FindEnded(early.AddSeconds(1))).RunName);
        Assert.Null(folder.FindEnded(late)[0].ReadEnded());
    }

    [Fact]
    public void The_key_is_made_once_and_only_its_owner_may_read_it()
    {
        using var temp = new TempFolder();
        using var folder = AgentFolder.Open(temp.At("a"));

        using var made = folder.OpenKey();
        using var read = folder.OpenKey();

        Assert.Equal(made.ExportSubjectPublicKeyInfo(), read.ExportSubjectPublicKeyInfo());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(temp.At("a", "key.pem")));
    }

    [Fact]
    public void A_key_that_other_users_can_read_is_not_used_and_the_command_that_mends_it_is_told()
    {
        using var temp = new TempFolder();
        using var folder = AgentFolder.Open(temp.At("a"));
        folder.OpenKey().Dispose();
        var file = temp.At("a", "key.pem");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        var refused = Assert.Throws<AgentFolderException>(folder.OpenKey);

        Assert.Contains($"chmod 600 '{file}'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("a.b")]
    public void A_run_name_that_is_not_a_safe_folder_name_is_refused(string name) => Assert.False(AgentFolder.IsRunName(name));

    [Fact]
    public void A_line_that_a_killed_process_left_unfinished_is_cut_off()
    {
        using var temp = new TempFolder();
        using (var spool = CopyLogSpool.Open(temp.At("log")))
        {
            spool.Append(Failed("a"), ChannelScene.Morning);
            spool.Append(Failed("b"), ChannelScene.Morning);
        }

        File.AppendAllText(temp.At("log"), "{\"path\":\"tor");
        using var again = CopyLogSpool.Open(temp.At("log"));
        again.Append(Failed("c"), ChannelScene.Morning);

        Assert.Equal(3, again.Count);
        Assert.Equal(["b", "c"], again.Read(1, 10).Select(e => e.Path));
        Assert.Equal(["a"], again.Read(0, 1).Select(e => e.Path));
    }

    [Fact]
    public void Only_what_did_not_arrive_is_logged()
    {
        Assert.True(CopyLogSpool.Logs(Failed("a")));
        Assert.False(CopyLogSpool.Logs(Failed("a") with { Result = ItemResult.Transferred }));
        Assert.False(CopyLogSpool.Logs(Failed("a") with { Result = ItemResult.NoTransferNeeded }));
    }

    private static ItemOutcome Failed(string path) =>
        new(EntryPath.Of(path), EntryType.File, ItemResult.Failed, new(2063), 5, Details: "EIO");
}
