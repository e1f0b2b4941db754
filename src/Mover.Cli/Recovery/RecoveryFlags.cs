using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Resources;
using Mover.Core.Arm;
using Mover.Recovery.Plans;

namespace Mover.Cli.Recovery;

/// <summary>What the steps of a recovery share: the destination's control plane, its group, the plan, and the format of results.</summary>
internal sealed class RecoveryFlags
{
    private readonly ConnectionFlags _connection = new();
    private readonly Option<string?> _plan = new("--plan")
    {
        Description = "The plan file.", HelpName = "file",
    };
    private readonly Option<string?> _group = new("--resource-group", "-g")
    {
        Description = "Resource group at the destination; by default, the plan's.", HelpName = "name",
    };
    private readonly Option<string?> _mover = new("--storage-mover-name")
    {
        Description = "Only this storage mover; by default, all of the group.", HelpName = "name",
    };
    private readonly Option<string[]> _projects = new("--project-name")
    {
        Description = "Only the jobs of this project. Repeatable.", HelpName = "name", AllowMultipleArgumentsPerToken = false,
    };
    private readonly Option<string[]> _jobs = new("--job")
    {
        Description = "Only this job: job, project/job or mover/project/job. Repeatable.", HelpName = "name",
        AllowMultipleArgumentsPerToken = false,
    };
    private readonly Option<string> _output = ResultWriter.CreateFlag();

    /// <summary>Where the destination is, and the format of results.</summary>
    public void AddTo(Command command)
    {
        _connection.AddTo(command);
        command.Add(_output);
    }

    /// <summary>The same, and what at the destination is meant.</summary>
    public void AddEstateTo(Command command, bool withJobs = false)
    {
        command.Add(_plan);
        command.Add(_group);
        command.Add(_mover);
        if (withJobs)
        {
            command.Add(_projects);
            command.Add(_jobs);
        }

        AddTo(command);
    }

    /// <summary>The same, and a plan that must be said.</summary>
    public void AddPlanTo(Command command)
    {
        _plan.Required = true;
        command.Add(_plan);
        AddTo(command);
    }

    public ControlPlane Open(ParseResult parsed, Terminal terminal) => _connection.Open(parsed, terminal);

    /// <summary>The connection's flags that were given, for a command that is pasted, and for <c>mover agent register</c>.</summary>
    public (string Connection, string Register) Repeated(ParseResult parsed, Terminal terminal) => (
        _connection.Repeated(parsed),
        _connection.RepeatedElsewhere(
            parsed, terminal, _connection.Resolve(parsed, terminal), Host.AgentRegisterCommand.ServerDataFlag));

    public string Output(ParseResult parsed) => parsed.GetRequiredValue(_output);

    public string? Mover(ParseResult parsed) => parsed.GetValue(_mover);

    public string[] Projects(ParseResult parsed) => parsed.GetValue(_projects) ?? [];

    public string[] Jobs(ParseResult parsed) => parsed.GetValue(_jobs) ?? [];

    /// <summary>The file of the plan; empty when none is named.</summary>
    public string PlanPath(ParseResult parsed) => parsed.GetValue(_plan) ?? string.Empty;

    /// <summary>The plan that a flag names; null when none does.</summary>
    public RecoveryPlan? ReadPlan(ParseResult parsed) => parsed.GetValue(_plan) is { } file ? PlanFile.Read(file) : null;

    /// <summary>The destination's group: the flag's, else the plan's.</summary>
    public async Task<ResourceId> ReadGroupAsync(ParseResult parsed, ControlPlane plane, RecoveryPlan? plan, CancellationToken cancel)
    {
        if (parsed.GetValue(_group) is { } group)
        {
            return await plane.GetGroupAsync(ScopeFlags.Checked(group), cancel);
        }

        return plan is null
            ? throw CliException.Usage("No resource group specified.", "Use --resource-group NAME or --plan FILE.")
            : ResourceId.OfGroup(plan.To.SubscriptionId, plan.To.ResourceGroup);
    }
}
