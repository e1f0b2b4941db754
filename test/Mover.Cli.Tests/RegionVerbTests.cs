using System.Text.Json.Nodes;
using Mover.Cli.Resources;

namespace Mover.Cli.Tests;

/// <summary>Regions on the command line: what a server refuses to be paired with, and what is said where there is no pair.</summary>
public sealed class RegionVerbTests
{
    [Theory]
    [InlineData("is not a valid pair", "--pair", "westus")]
    [InlineData("is not a valid pair", "--pair", "https://west.example")]
    [InlineData("is not a valid pair", "--pair", "westus=http://west.example")]
    [InlineData("is not a valid pair", "--pair", "westus=https://west.example/path")]
    [InlineData("is not a valid pair", "--pair", "westus=https://user@west.example")]
    [InlineData("is not a valid pair", "--pair", "westus=https://one.example", "--pair", "centralus=https://two.example")]
    [InlineData("specifies no region", "--pair", ",")]
    [InlineData("nowhere", "--pair", "nowhere=https://west.example")]
    [InlineData("a region cannot be paired with itself", "--pair", "eastus=https://east.example")]
    [InlineData("metadata must stay in", "--pair", "westeurope=https://europe.example")]
    [InlineData("The --pair-ca file '/nowhere/ca.pem' does not exist", "--pair", "westus=https://west.example", "--pair-ca", "/nowhere/ca.pem")]
    [InlineData("require --pair", "--standby")]
    [InlineData("require --pair", "--pair-ca", "/nowhere/ca.pem")]
    [InlineData("--witness requires --pair", "--witness", "etcd://127.0.0.1:2379")]
    [InlineData("--max-lag requires --pair", "--max-lag", "0")]
    [InlineData("--failover requires --pair", "--failover", "manual")]
    [InlineData("'sqlite' cannot be a witness", "--pair", "westus=https://west.example", "--witness", "sqlite")]
    [InlineData("--witness: Unknown store 'redis://one'", "--pair", "westus=https://west.example", "--witness", "redis://one")]
    [InlineData("'-1s' is not a valid duration for --max-lag", "--pair", "westus=https://west.example", "--max-lag", "-1s")]
    [InlineData("'soon' is not a valid duration for --max-lag", "--pair", "westus=https://west.example", "--max-lag", "soon")]
    [InlineData("--failover must be automatic or manual, not 'never'", "--pair", "westus=https://west.example", "--failover", "never")]
    public async Task An_invalid_pair_is_refused_before_anything_is_created(string why, params string[] flags)
    {
        using var folder = new TemporaryFolder();
        var data = folder["data"];

        var ran = await new Shell().RunAsync(["server", "--data", data, "--region", "eastus", .. flags]);

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains(why, ran.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(data));
    }

    [Fact]
    public async Task A_region_without_a_pair_says_what_that_means_and_fails_over_to_nothing()
    {
        await using var server = await RunningServer.StartAsync();

        var status = await RunAsync(server, "status");
        var planned = await RunAsync(server, "failover", "--yes");
        var lost = await RunAsync(server, "failover", "--unplanned", "eastus", "--yes");
        var back = await RunAsync(server, "failback", "--yes");
        var drill = await RunAsync(server, "drill");
        var diverged = await RunAsync(server, "diverged", "--output", "json");
        var dropped = await RunAsync(server, "diverged", "--drop", "1", "--yes");
        var unsure = await RunAsync(server, "failover");

        Assert.Equal(ExitCodes.Ok, status.ExitCode);
        Assert.Contains("losing it means losing the control plane", status.Out, StringComparison.Ordinal);
        Assert.All([planned, lost, back, drill], ran =>
        {
            Assert.NotEqual(ExitCodes.Ok, ran.ExitCode);
            Assert.Contains("RegionHasNoPair", ran.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("The copy is", ran.Error, StringComparison.Ordinal);
        });
        Assert.Equal(ExitCodes.Ok, diverged.ExitCode);
        Assert.Empty(JsonNode.Parse(diverged.Out)!["items"]!.AsArray());
        Assert.Equal(ExitCodes.Ok, dropped.ExitCode);
        Assert.NotEqual(ExitCodes.Ok, unsure.ExitCode);
    }

    [Theory]
    [InlineData("""{"duty":"Standby","holder":"eastus","pair":{"reachable":false},"copy":{"whole":true,"ageSeconds":4}}""", "mover region failover --unplanned eastus")]
    [InlineData("""{"duty":"Standby","holder":"eastus","pair":{"reachable":true,"duty":"Serving"},"copy":{"whole":true,"problem":"No room."}}""", "Not copying: No room.")]
    [InlineData("""{"duty":"Serving","moving":true,"region":"eastus","pair":{"reachable":true,"copy":{"whole":true,"ageSeconds":1}}}""", "is changing its role")]
    [InlineData("""{"duty":"Serving","region":"eastus","pair":{"region":"westus","reachable":false}}""", "all writes since the last contact with 'westus' would be lost")]
    public void The_outlook_says_what_is_out_and_the_next_command(string status, string told) =>
        Assert.Contains(told, string.Join('\n', RegionOutlook.Of(JsonNode.Parse(status)!.AsObject())), StringComparison.Ordinal);

    private static Task<Ran> RunAsync(RunningServer server, params string[] words) =>
        new Shell().RunAsync(["region", .. words, "--data", server.DataFolder]);
}
