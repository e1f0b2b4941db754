using System.Net;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests;

/// <summary>What holds the exchanges of whole processes to the API definitions loses nothing, and no program gets past it.</summary>
public sealed class ContractHookTests
{
    private const string Hooks = "DOTNET_STARTUP_HOOKS";

    [Fact]
    public async Task A_spoilt_answer_is_found_though_the_server_is_killed_after_it()
    {
        using var folder = new TemporaryFolder();
        using var contract = new ContractFolder();
        var environment = new Dictionary<string, string>(contract.Environment, StringComparer.Ordinal);
        environment[Hooks] += Path.PathSeparator + typeof(ContractHookTests).Assembly.Location;
        var data = Path.Combine(folder.Path, "server");
        await using var server = ChildProcess.Mover(["server", "--data", data, "--urls", "https://127.0.0.1:0"], environment);
        var url = server.WaitForLine("ready ");
        using var http = new HttpClient(Estate.TrustOnly(Path.Combine(data, "tls", "ca.pem")));

        using var answer = await http.GetAsync(
            $"{url}/subscriptions/a/providers/Microsoft.StorageMover/storageMovers?api-version=2025-12-01");
        await server.KillAsync();
        var failure = Assert.Throws<InvalidOperationException>(contract.AssertKept);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains(
            "StorageMovers_ListBySubscription (2025-12-01), header Content-Type: is 'text/plain', not application/json",
            failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, contract.Held);
    }

    [Fact]
    public async Task A_program_that_cannot_be_watched_does_not_start()
    {
        using var contract = new ContractFolder();
        var hook = contract.Environment[Hooks];

        var (missing, saysMissing) = await ChildProcess.RunMoverAsync(["--version"], Of(hook + ".gone"));
        var (homeless, saysHomeless) = await ChildProcess.RunMoverAsync(["--version"], Of(hook));
        var (watched, says) = await ChildProcess.RunMoverAsync(["--version"], contract.Environment);

        Assert.True(missing != 0, saysMissing);
        Assert.True(homeless != 0, saysHomeless);
        Assert.True(watched == 0, says);
    }

    private static Dictionary<string, string> Of(string hook) => new(StringComparer.Ordinal) { [Hooks] = hook };
}
