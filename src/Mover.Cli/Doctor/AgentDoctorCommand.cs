using System.CommandLine;
using Mover.Agent;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Cli.Output;
using Mover.Cli.Transfers;

namespace Mover.Cli.Doctor;

/// <summary>
/// <c>mover agent doctor</c>: looks from the agent's own host, as its own user and with its own identity, at everything that a run needs.
/// Changes nothing but for an empty block at the target, which is never committed.
/// </summary>
internal static class AgentDoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        var data = AgentRegisterCommand.DataFlag();
        var sources = Ends("--source", "A source to read: nfs://HOST/EXPORT or a local path, as the agent sees it. Repeatable.");
        var targets = Ends("--target", "A target to write: the URL of a container. Repeatable.");
        var endpoints = new Option<string[]>("--endpoint")
        {
            Description = "Name of an endpoint of the agent's storage mover: checks its data, its container, the account's key and the "
                + "agent's role. Requires a sign-in (mover login). Repeatable.",
            HelpName = "name",
        };
        var connection = new ConnectionFlags(AgentRegisterCommand.ServerDataFlag);
        var credentials = new BlobCredentials();
        var output = ResultWriter.CreateFlag();
        var command = new Command(
            "doctor",
            "Check what an agent on this host needs: control plane, clock, sources, targets. Exit code 8 when a check fails.")
        {
            data, sources, targets, endpoints, output,
        };
        connection.AddTo(command);
        credentials.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var folder = AgentRegisterCommand.DataFolder(parsed, data, terminal);
            List<Finding> findings = [.. MachineChecks.Run(folder)];
            findings.AddRange(await new ChannelChecks(terminal.Clock).RunAsync(folder, cancel));
            var volumes = new VolumeChecks(parsed, credentials, terminal);
            foreach (var source in parsed.GetValue(sources) ?? [])
            {
                findings.AddRange(await volumes.ReadAsync(Location.Parse(source), cancel));
            }

            foreach (var target in parsed.GetValue(targets) ?? [])
            {
                findings.Add(await volumes.WriteAsync(Location.Parse(target), cancel));
            }

            if (parsed.GetValue(endpoints) is { Length: > 0 } names)
            {
                using var plane = connection.Open(parsed, terminal);
                var record = AgentFolder.ReadRecord(folder);
                var checks = new EndpointChecks(plane, record, volumes, new(folder, record, terminal.Clock));
                foreach (var name in names)
                {
                    findings.AddRange(await checks.RunAsync(name, cancel));
                }
            }

            FindingReport.Write(terminal, parsed.GetRequiredValue(output), findings);
            return findings.Exists(f => f.Verdict == Verdict.Fail) ? ExitCodes.NotReady : ExitCodes.Ok;
        });
        return command;
    }

    private static Option<string[]> Ends(string name, string description) => new(name) { Description = description, HelpName = "place" };
}
