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
            Description = "An export or share that this machine has mounted, as HOST:/EXPORT=/local/path or //HOST/SHARE=/local/path; "
                + "read there. May be repeated.",
            HelpName = "remote=local",
        };
        var runs = new Option<int?>("--runs-max") { Description = "Runs at once, 1 to 16; 4 when left out.", HelpName = "n" };
        var domains = new Option<string[]>("--token-domain")
        {
            Description = "Domain, host or address that gets the agent's own Azure token beside Azure Storage, over https. May be repeated "
                + "[env: MOVER_TOKEN_DOMAINS, separated by commas].",
            HelpName = "domain",
        };
        var allowHttp = new Option<bool>("--allow-http")
        {
            Description = "Send signatures to another machine without TLS as well; everyone on the way can read them.",
        };
        var log = new LogFlags();
        var command = new Command("run", "Run this machine's agent. Prints 'ready NAME' when it works; stops cleanly on SIGTERM.")
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
                    RunsMax = max is >= 1 and <= 16 ? max : throw CliException.Usage("--runs-max is between 1 and 16."),
                };
            }

            using var agent = AgentApp.Create(options, log.Read(parsed), terminal.Clock);
            await agent.StartAsync(cancel);
            var name = AgentFolder.ReadRecord(options.DataFolder).AgentId.Split('/')[^1];
            terminal.Out.WriteLine($"ready {name}");
            terminal.Out.Flush();
            Systemd.Ready(terminal, $"Agent {name} works");
            await agent.WaitForShutdownAsync(cancel);
            Systemd.Stopping(terminal);
            if (agent.Services.GetRequiredService<AgentEnd>().Reason is { } reason)
            {
                throw new CliException(
                    ExitCodes.Refused, "UnknownAgent", $"The control plane does not know this agent any more. {reason}",
                    "It was unregistered, or another agent has its name. Forget this one: mover agent unregister. Then register again.");
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static List<string> ReadDomains(string[] given) => [.. given.Select(text => BlobDestinations.ReadDomain(text)
        ?? throw CliException.Usage(
            $"--token-domain '{text}' is not a domain, host or address.",
            "It looks like blob.storage.example, without scheme, port and path."))];
}
