using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Mover.Cli.Tests;

/// <summary>What a service manager, a script and an operator of a server that runs for months need.</summary>
public sealed class ServiceTests
{
    [Fact]
    public async Task The_ready_file_is_there_while_the_server_serves()
    {
        using var folder = new TemporaryFolder();
        var file = folder["ready"];
        await File.WriteAllTextAsync(file, "left behind");

        await using var server = await RunningServer.StartAsync("--ready-file", file);
        var serving = await File.ReadAllLinesAsync(file);
        await server.StopAsync();

        Assert.Equal([server.Url], serving);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task The_ready_file_is_never_written_through_a_link()
    {
        using var folder = new TemporaryFolder();
        var theirs = folder.File("theirs", "kept");
        File.CreateSymbolicLink(folder["ready.part"], theirs);
        File.CreateSymbolicLink(folder["ready"], theirs);

        await using var server = await RunningServer.StartAsync("--ready-file", folder["ready"]);

        Assert.Equal("kept", await File.ReadAllTextAsync(theirs));
        Assert.Equal([server.Url], await File.ReadAllLinesAsync(folder["ready"]));
    }

    [Fact]
    public async Task The_service_manager_is_told_when_the_server_serves_and_when_it_stops()
    {
        using var folder = new TemporaryFolder();
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(folder["notify"]));

        await using var server = await RunningServer.StartWithAsync(("NOTIFY_SOCKET", folder["notify"]));
        var first = await ReceiveAsync(manager);
        await server.StopAsync();
        var last = await ReceiveAsync(manager);

        Assert.StartsWith("READY=1\n", first, StringComparison.Ordinal);
        Assert.Contains(server.Url, first, StringComparison.Ordinal);
        Assert.StartsWith("STOPPING=1\n", last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Advertised_names_are_in_the_certificate_and_local_commands_still_find_the_server()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(
            "--urls", "https://0.0.0.0:0", "--advertise", "mover.example", "--advertise", "192.0.2.7");
        var port = new Uri(server.Url).Port;

        var local = await server.CreateShell().RunAsync("group", "list");
        using var certificate = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(server.DataFolder, "tls", "server.pem")));

        Assert.True(local.ExitCode == ExitCodes.Ok, local.Error);
        Assert.True(certificate.MatchesHostname("mover.example", allowWildcards: false, allowCommonName: false));
        Assert.True(certificate.MatchesHostname("192.0.2.7", allowWildcards: false, allowCommonName: false));
        Assert.Equal(
            [$"https://127.0.0.1:{port}", $"https://mover.example:{port}", $"https://192.0.2.7:{port}"],
            await File.ReadAllLinesAsync(Path.Combine(server.DataFolder, "server.url")));
    }

    [Theory]
    [InlineData("http://mover.example")]
    [InlineData("https://mover.example/path")]
    [InlineData("https://mover.example:0")]
    [InlineData("https://user@mover.example")]
    [InlineData("https://0.0.0.0:7443")]
    [InlineData("https://[::]:7443")]
    [InlineData("https://*:7443")]
    [InlineData("0.0.0.0")]
    [InlineData("two words")]
    public async Task What_names_no_host_cannot_be_advertised(string name)
    {
        var ran = await new Shell().RunAsync("server", "--advertise", name);

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains(name, ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("zone one")]
    [InlineData("-1")]
    [InlineData("a/b")]
    [InlineData("a-name-that-is-longer-than-a-zone-has")]
    public async Task A_zone_that_is_not_a_short_name_is_refused(string zone)
    {
        var ran = await new Shell().RunAsync("server", "--zone", zone);

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains($"'{zone}' is not a valid zone name", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_for_other_names_is_told_apart_from_one_of_another_authority()
    {
        await using var server = await RunningServer.StartAsync();
        await using var listening = await RunningServer.StartAsync("--urls", "https://0.0.0.0:0");
        var elsewhere = $"https://127.0.0.2:{new Uri(listening.Url).Port}";

        var names = await new Shell { ["MOVER_TOKEN"] = "t" }.RunAsync(
            "group", "list", "--server", elsewhere, "--ca", Path.Combine(listening.DataFolder, "tls", "ca.pem"));
        var authority = await new Shell { ["MOVER_TOKEN"] = "t" }.RunAsync(
            "group", "list", "--server", listening.Url, "--ca", Path.Combine(server.DataFolder, "tls", "ca.pem"));

        Assert.Equal((ExitCodes.Unreachable, ExitCodes.Unreachable), (names.ExitCode, authority.ExitCode));
        Assert.Contains("NameMismatch", names.Error, StringComparison.Ordinal);
        Assert.Contains("localhost", names.Error, StringComparison.Ordinal);
        Assert.Contains("--advertise", names.Error, StringComparison.Ordinal);
        Assert.Contains("UntrustedServer", authority.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_goes_to_a_file_as_json_with_times()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(
            "--log-level", "Information", "--log-format", "json", "--log-file", folder["log"]);
        await server.StopAsync();

        var events = (await File.ReadAllLinesAsync(folder["log"])).Select(line => JsonNode.Parse(line)!).ToList();

        Assert.All(events, one => Assert.EndsWith("Z", (string?)one["Timestamp"], StringComparison.Ordinal));
        Assert.Contains(events, one => ((string?)one["Message"])!.Contains("Listening at", StringComparison.Ordinal));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["log"]));
    }

    private static async Task<string> ReceiveAsync(Socket manager)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, await manager.ReceiveAsync(buffer, limit.Token));
    }
}
