using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mover.Testing;

namespace Mover.Cli.Tests;

/// <summary>
/// The built program as a server, with a data folder and a port of its own. Its exchanges are held to the API definitions.
/// </summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TemporaryFolder _folder;

    private RunningServer(Process process, TemporaryFolder folder, string ready, ContractFolder contract)
    {
        _process = process;
        _folder = folder;
        Ready = ready;
        DataFolder = folder["server"];
        Contract = contract;
    }

    /// <summary>What its exchanges were held to.</summary>
    public ContractFolder Contract { get; }

    /// <summary>The first line on stdout.</summary>
    public string Ready { get; }

    public string Url => Ready["ready ".Length..];

    public string DataFolder { get; private init; }

    public string this[string name] => _folder[name];

    public static Task<RunningServer> StartAsync(params string[] more) => LaunchAsync(null, null, [], more);

    /// <summary>One whose data folder stays when it has ended.</summary>
    public static Task<RunningServer> StartInAsync(string dataFolder, params string[] more) => LaunchAsync(dataFolder, null, [], more);

    /// <summary>An address that nobody serves on, for a server that comes back at the same one.</summary>
    public static string FreeAddress()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return $"https://{listener.LocalEndpoint}";
    }

    /// <summary>One with more in its environment.</summary>
    public static Task<RunningServer> StartWithAsync(params (string Name, string Value)[] environment) =>
        LaunchAsync(null, null, environment, []);

    /// <summary>One that may open so many files.</summary>
    public static Task<RunningServer> StartWithFilesAsync(int files) => LaunchAsync(null, files, [], []);

    private static async Task<RunningServer> LaunchAsync(
        string? dataFolder, int? files, (string Name, string Value)[] environment, string[] more)
    {
        var folder = new TemporaryFolder();
        dataFolder ??= folder["server"];
        var start = files is null
            ? new ProcessStartInfo(Shell.Program)
            : new("/bin/sh", ["-c", $"ulimit -n {files} && exec \"$0\" \"$@\"", Shell.Program]);
        (start.UseShellExecute, start.RedirectStandardOutput) = (false, true);
        foreach (var arg in Arguments(dataFolder, more))
        {
            start.ArgumentList.Add(arg);
        }

        var contract = new ContractFolder();
        foreach (var (name, value) in contract.Environment.Select(one => (one.Key, one.Value)).Concat(environment))
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("The server did not start.");
        if (await process.StandardOutput.ReadLineAsync() is not { } ready)
        {
            process.Dispose();
            contract.Dispose();
            folder.Dispose();
            throw new InvalidOperationException("The server ended at once.");
        }

        return new(process, folder, ready, contract) { DataFolder = dataFolder };
    }

    private static IEnumerable<string> Arguments(string dataFolder, string[] more) =>
        new[] { "server", "--data", dataFolder }
            .Concat(more.Contains("--urls") ? [] : ["--urls", "https://127.0.0.1:0"])
            .Concat(more.Contains("--log-level") ? [] : ["--log-level", "None"])
            .Concat(more);

    /// <summary>A shell whose commands mean this server.</summary>
    public Shell CreateShell(string input = "") => new() { Input = input, ["MOVER_DATA"] = DataFolder };

    /// <summary>A program that the server knows and that has no role: its object id, and a shell whose commands are its own.</summary>
    public async Task<(string ObjectId, Shell Shell)> CreateStrangerAsync()
    {
        using var http = await CreateHttpAsync();
        var made = JsonNode.Parse(await (await http.PostAsJsonAsync("/servicePrincipals", new { displayName = "stranger" })).Content.ReadAsStringAsync());
        using var form = new FormUrlEncodedContent(
        [
            new("grant_type", "client_credentials"), new("client_id", $"{made?["appId"]}"), new("client_secret", $"{made?["password"]}"),
            new("scope", $"{Url}/.default"),
        ]);
        var issued = await http.PostAsync($"/{made?["tenant"]}/oauth2/v2.0/token", form);
        var token = JsonNode.Parse(await issued.Content.ReadAsStringAsync())?["access_token"]?.ToString()
            ?? throw new InvalidOperationException("No token was issued.");
        var subscriptions = JsonNode.Parse(await http.GetStringAsync("/subscriptions?api-version=2022-12-01"));
        return ($"{made?["id"]}", new Shell
        {
            ["MOVER_TOKEN"] = token,
            ["MOVER_CA"] = Path.Combine(DataFolder, "tls", "ca.pem"),
            ["MOVER_SERVER"] = Url,
            ["MOVER_SUBSCRIPTION"] = $"{subscriptions?["value"]?[0]?["subscriptionId"]}",
        });
    }

    /// <summary>Sends SIGTERM and answers the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Ends it as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _folder.Dispose();
        using (Contract)
        {
            Contract.AssertKept();
        }
    }

    private async Task<HttpClient> CreateHttpAsync()
    {
        var token = await CreateShell().RunAsync("token", "--data", DataFolder);
#pragma warning disable CA2000, CA5400 // The client disposes of its handler, which trusts whoever answers on this machine.
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        return new(handler) { BaseAddress = new(Url), DefaultRequestHeaders = { Authorization = new("Bearer", token.Out.Trim()) } };
#pragma warning restore CA2000, CA5400
    }
}
