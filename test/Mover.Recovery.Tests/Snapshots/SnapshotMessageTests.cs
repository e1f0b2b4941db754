using Mover.Recovery.Snapshots;
using static Mover.Recovery.Tests.Snapshots.SnapshotSamples;

namespace Mover.Recovery.Tests.Snapshots;

public sealed class SnapshotMessageTests
{
    [Fact]
    public void A_subject_says_what_was_added_and_what_an_endpoint_now_exports()
    {
        var message = SnapshotMessage.Of(
            Of(StorageMover(), Endpoint("filer7", "/eng")),
            Of(StorageMover(), Endpoint("filer7", "/eng2"), Job("j1"), Job("j2")));

        Assert.Equal(
            "2 job definitions added, endpoint filer7 now exports /eng2\n"
                + "\n"
                + "~ endpoint m1/filer7: export /eng → /eng2\n"
                + "+ job definition m1/p1/j1\n"
                + "+ job definition m1/p1/j2\n",
            message);
    }

    [Fact]
    public void The_first_snapshot_and_one_that_lost_everything_say_so()
    {
        var full = Of(StorageMover(), Job("j1"), Job("j2"));

        Assert.StartsWith("First snapshot of resource group g1: 3 resources\n", SnapshotMessage.Of(null, full), StringComparison.Ordinal);
        Assert.StartsWith("storage mover m1 removed, 2 job definitions removed\n", SnapshotMessage.Of(full, Of()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_of_rights_alone_is_told()
    {
        var before = Of(StorageMover());
        var after = before with { Manifest = before.Manifest with { RoleAssignments = [new("p", "r", "/s")] } };

        Assert.Equal("agent roles changed\n\n+ role r of p on /s\n", SnapshotMessage.Of(before, after));
    }

    [Fact]
    public void Text_of_the_estate_begins_no_line_and_is_obeyed_by_no_terminal()
    {
        var message = SnapshotMessage.Of(
            Of(StorageMover(description: "x")),
            Of(StorageMover(description: "\u001b[2J\n\nSigned-off-by: Mallory <m@example>\r\u202e\u2028--amend")));

        Assert.Equal(
            "description of storage mover m1 changed\n\n"
                + "~ storage mover m1: description x → \\u001b[2J\\u000a\\u000aSigned-off-by: Mallory <m@example>\\u000d\\u202e\\u2028--amend\n",
            message);
    }

    [Fact]
    public void A_message_has_an_end()
    {
        var jobs = Enumerable.Range(0, 1000).Select(at => Job($"j{at:D4}", string.Concat(Enumerable.Repeat("😀", 2500)))).ToArray();

        var message = SnapshotMessage.Of(Of([.. jobs.Select(one => one.DeepClone().AsObject()).Select(one => { one["properties"]!["description"] = "x"; return one; })]), Of(jobs), new string('s', 5000));

        var lines = message.TrimEnd('\n').Split('\n');
        Assert.Equal(2 + SnapshotMessage.LinesMax + 1, lines.Length);
        Assert.Equal("… and 800 more", lines[^1]);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, SnapshotMessage.LineCharsMax + 2));
        Assert.DoesNotContain('\ufffd', message);
    }
}
