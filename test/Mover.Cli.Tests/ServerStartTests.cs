using System.Net;
using System.Net.Sockets;

namespace Mover.Cli.Tests;

/// <summary>What keeps a server from starting is said in the operator's words, with what to do.</summary>
public sealed class ServerStartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(",")]
    [InlineData("https://127.0.0.1:99999")]
    [InlineData("https://")]
    [InlineData("https://127.0.0.1:7443/path")]
    [InlineData("https://[::1")]
    [InlineData("http://127.0.0.1:7443")]
    public async Task An_address_that_is_not_one_is_a_wrong_command_line(string url)
    {
        var ran = await StartAsync("--urls", url);

        AssertToldPlainly(ran, ExitCodes.Usage, url);
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var ran = await StartAsync("--urls", $"https://{taken.LocalEndpoint}");

        AssertToldPlainly(ran, ExitCodes.Failed, "AddressInUse");
    }

    [Fact]
    public async Task A_start_that_fails_logs_no_stack()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var ran = await new Shell().RunAsync(
            "server", "--data", _folder["data"], "--urls", $"https://{taken.LocalEndpoint}", "--log-level", "Warning");

        AssertToldPlainly(ran, ExitCodes.Failed, "AddressInUse");
        Assert.Equal(2, ran.Error.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_named()
    {
        var ran = await StartAsync("--urls", "https://192.0.2.1:7443");

        AssertToldPlainly(ran, ExitCodes.Failed, "CannotListen");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"prot":1}""")]
    [InlineData("""{"urls":7}""")]
    [InlineData("""{"asyncDialect":"loud"}""")]
    [InlineData("""{"issuers":[null]}""")]
    [InlineData("""{"issuers":[{"issuer":null,"audience":null}]}""")]
    [InlineData("""{"region":"atlantis"}""")]
    [InlineData("""{"throttling":{"reads":{"burst":0,"perSecond":1}}}""")]
    public async Task A_wrong_configuration_is_a_wrong_command_line(string json)
    {
        await File.WriteAllTextAsync(_folder["config.json"], json);

        var ran = await StartAsync("--config", _folder["config.json"]);

        AssertToldPlainly(ran, ExitCodes.Usage, "config");
    }

    [Theory]
    [InlineData("server")]
    [InlineData("agent", "run")]
    [InlineData("state", "restore", "backup.tar")]
    public async Task A_data_folder_that_other_users_can_write_to_is_refused_with_what_to_do(params string[] verb)
    {
        Directory.CreateDirectory(_folder["data"]);
        File.SetUnixFileMode(_folder["data"], (UnixFileMode)0x1FF);

        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var ran = await new Shell().RunAsync(limit.Token, [.. verb, "--data", _folder["data"]]);

        AssertToldPlainly(ran, ExitCodes.NotReady, "UnsafeFolder");
        Assert.Contains($"chmod go-w '{_folder["data"]}'", ran.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["data"]));
    }

    [Fact]
    public async Task A_folder_that_is_a_file_is_named()
    {
        await File.WriteAllTextAsync(_folder["data"], "text");

        var ran = await StartAsync();

        AssertToldPlainly(ran, ExitCodes.NotReady, _folder["data"]);
    }

    [Theory]
    [InlineData("access/key-ring")]
    [InlineData("access/administrator.json")]
    public async Task A_broken_file_of_the_data_folder_is_named(string file)
    {
        await ServeOnceAsync();
        await File.WriteAllTextAsync(Path.Combine(_folder["data"], file), "broken");

        var ran = await StartAsync();

        AssertToldPlainly(ran, ExitCodes.NotReady, file);
    }

    [Theory]
    [InlineData("tls/ca.pem")]
    [InlineData("access/signing.key")]
    public async Task A_broken_copy_of_what_the_store_holds_is_written_again(string file)
    {
        await ServeOnceAsync();
        var path = Path.Combine(_folder["data"], file);
        var before = await File.ReadAllTextAsync(path);
        await File.WriteAllTextAsync(path, "broken");

        await ServeOnceAsync();

        Assert.Equal(before, await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task A_folder_whose_state_is_gone_is_not_served_until_told_to_start_empty()
    {
        await ServeOnceAsync();
        File.Delete(Path.Combine(_folder["data"], "state.db"));

        var refused = await StartAsync();
        await ServeOnceAsync("--start-empty");
        var again = await StartAsync("--start-empty");

        AssertToldPlainly(refused, ExitCodes.NotReady, "state.db' is missing");
        Assert.Contains("mover state restore", refused.Error, StringComparison.Ordinal);
        AssertToldPlainly(again, ExitCodes.NotReady, "was started with --start-empty");
    }

    [Fact]
    public async Task A_folder_that_lost_its_administrator_too_is_not_taken_for_a_new_one()
    {
        await ServeOnceAsync();
        File.Delete(Path.Combine(_folder["data"], "state.db"));
        Directory.Delete(Path.Combine(_folder["data"], "access"), recursive: true);

        var refused = await StartAsync();
        await ServeOnceAsync("--start-empty");

        AssertToldPlainly(refused, ExitCodes.NotReady, "state.db' is missing");
    }

    private static void AssertToldPlainly(Ran ran, int exitCode, string names)
    {
        Assert.Equal(exitCode, ran.ExitCode);
        Assert.Contains(names, ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("This is a bug", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Mover.", ran.Error, StringComparison.Ordinal);
        Assert.Equal(string.Empty, ran.Out);
    }

    private async Task<Ran> StartAsync(params string[] more)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        return await new Shell().RunAsync(limit.Token, ["server", "--data", _folder["data"], .. Urls(more), "--log-level", "None", .. more]);
    }

    private static string[] Urls(string[] more) => more.Contains("--urls") ? [] : ["--urls", "https://127.0.0.1:0"];

    private async Task ServeOnceAsync(params string[] more)
    {
        await using var server = await RunningServer.StartInAsync(_folder["data"], more);
        await server.StopAsync();
    }
}
