using System.Diagnostics;
using Mover.Cli.Connect;
using Mover.Testing;

namespace Mover.Cli.Tests;

/// <summary>
/// The built program as a server, with a data folder and a port of its own. Shells find it behind what holds every exchange to the API
/// definitions.
/// </summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TemporaryFolder _folder;

    private RunningServer(Process process, TemporaryFolder folder, string ready, ContractProxy contract)
    {
        _process = process;
        _folder = folder;
        Ready = ready;
        Contract = contract;
    }

    /// <summary>What sees the exchanges of the shells.</summary>
    public ContractProxy Contract { get; }

    /// <summary>The first line on stdout.</summary>
    public string Ready { get; }

    public string DataFolder => _folder["server"];

    public string this[string name] => _folder[name];

    public static async Task<RunningServer> StartAsync()
    {
        var folder = new TemporaryFolder();
        var start = new ProcessStartInfo(Shell.Program) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var arg in new[] { "server", "--data", folder["server"], "--urls", "https://127.0.0.1:0", "--log-level", "None" })
        {
            start.ArgumentList.Add(arg);
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("The server did not start.");
        var ready = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The server ended at once.");
        var contract = await ContractProxy.StartAsync(ready["ready ".Length..], folder["server"]);
        LocalServer.Announce(folder["server"], contract.Url);
        return new(process, folder, ready, contract);
    }

    /// <summary>A shell whose commands mean this server.</summary>
    public Shell CreateShell(string input = "") => new() { Input = input, ["MOVER_DATA"] = DataFolder };

    /// <summary>Sends SIGTERM and answers the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await Contract.DisposeAsync();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _folder.Dispose();
    }
}
