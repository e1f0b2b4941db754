using System.Text.Json.Nodes;
using Mover.Cli.Resources;

namespace Mover.Cli.Tests;

/// <summary>What a script hears of a run's end: the same codes as of a copy.</summary>
public sealed class RunVerdictTests
{
    [Theory]
    [InlineData("Running", 1, 1, ExitCodes.Ok)]
    [InlineData("Succeeded", 0, 0, ExitCodes.Ok)]
    [InlineData("Succeeded", 0, 1, ExitCodes.Unsupported)]
    [InlineData("Succeeded", 1, 1, ExitCodes.Incomplete)]
    [InlineData("Failed", 0, 0, ExitCodes.Incomplete)]
    [InlineData("Canceled", 0, 0, ExitCodes.Incomplete)]
    public void The_exit_code_of_a_run_says_whether_everything_arrived(string status, int failed, int unsupported, int code) =>
        Assert.Equal(code, RunVerdict.ExitCodeOf(Run(status, failed, unsupported)));

    [Fact]
    public void A_mirror_that_could_not_delete_is_incomplete()
    {
        var run = Run("Succeeded", 0, 0);
        run["properties"]!["warnings"] = JsonNode.Parse("""[{"code":"FileSystemsCrossed"},{"code":"ItemsNotDeleted"}]""");

        Assert.Equal(ExitCodes.Incomplete, RunVerdict.ExitCodeOf(run));
    }

    [Fact]
    public void The_line_that_lists_what_is_missing_can_be_pasted()
    {
        var run = Run("Succeeded", 1, 0);
        run["id"] = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m"
            + "/projects/p/jobDefinitions/j/jobRuns/r";

        Assert.Equal(
            "List them: mover job-run failures -g g --storage-mover-name m --project-name p --job-definition-name j -n r", RunVerdict.Hint(run));
        Assert.Null(RunVerdict.Hint(Run("Succeeded", 0, 0)));
    }

    private static JsonObject Run(string status, int failed, int unsupported) => JsonNode.Parse(
        $$$"""{"properties":{"status":"{{{status}}}","itemsScanned":7,"itemsTransferred":5,"itemsFailed":{{{failed}}},"itemsUnsupported":{{{unsupported}}} } }""")!
        .AsObject();
}
