using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Mover.Agent;
using Mover.Cli.Frame;
using Mover.Volumes.AzureBlob;

namespace Mover.Cli.Host;

/// <summary><c>mover agent run</c>: works until it is told to stop; runs that are under way go on at the next start.</summary>
internal static class AgentRunCommand
{
    public static Command Create(Terminal terminal)
    {
        var data = AgentRegisterCommand.DataFlag();
        var mounts = new Option<string[]>("--mount")
        {
            Description = "An export or share mounted on this machine, as HOST:/EXPORT=/local/path or //HOST/SHARE=/local/path; "
                + "it is read from there. Repeatable.",
            HelpName = "remote=local",
        };
        var runs = new Option<int?>("--runs-max") { Description = "Maximum number of concurrent runs, "
            + "1 to 16; 4 by default.", HelpName = "n" };
        var domains = new Option<string[]>("--token-domain")
        {
            Description = "Domain, host or address, besides Azure Storage, to which the agent's Azure token may be sent over https. "
                + "Repeatable [env: MOVER_TOKEN_DOMAINS, separated by commas].",
            HelpName = "domain",
        };
        var allowHttp = new Option<bool>("--allow-http")
        {
            Description = "Send SAS tokens to other machines without TLS too; others on the network can read them.",
        };
        var log = new LogFlags();
        var command = new Command("run", "Run this machine's agent. Prints 'ready NAME' when it is ready; stops cleanly on SIGTERM.")
        {
            data, mounts, domains, allowHttp, runs,
        };
        log.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var options = new AgentOptions
            {
                DataFolder = AgentRegisterCommand.DataFolder(parsed, data, terminal),
                Mounts = parsed.GetValue(mounts) ?? [],
                TokenDomains = ReadDomains(parsed.GetValue(domains) is { Length: > 0 } given
                    ? given
                    : terminal.Environment("MOVER_TOKEN_DOMAINS")?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? []),
                AllowHttp = parsed.GetValue(allowHttp),
            };
            if (parsed.GetValue(runs) is { } max)
            {
                options = options with
                {
                    RunsMax = max is >= 1 and <= 16 ? max : throw CliException.Usage("--runs-max must be 1 to 16."),
                };
            }

            using var agent = AgentApp.Create(options, log.Read(parsed), terminal.Clock);
            await agent.StartAsync(cancel);
            var name = AgentFolder.ReadRecord(options.DataFolder).AgentId.Split('/')[^1];
            terminal.Out.WriteLine($"ready {name}");
            terminal.Out.Flush();
            Systemd.Ready(terminal, $"Agent {name} is running");
            await agent.WaitForShutdownAsync(cancel);
            Systemd.Stopping(terminal);
            if (agent.Services.GetRequiredService<AgentEnd>().Reason is { } reason)
            {
                throw new CliException(
                    ExitCodes.Refused, "UnknownAgent", $"This agent is no longer registered with the control plane. {reason}",
                    "It was unregistered, or another agent has its name. Run mover agent unregister, then register again.");
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static List<string> ReadDomains(string[] given) => [.. given.Select(text => BlobDestinations.ReadDomain(text)
        ?? throw CliException.Usage(
            $"--token-domain '{text}' is not a valid domain, host or address.",
            "Use the form blob.storage.example, without scheme, port or path."))];
}
