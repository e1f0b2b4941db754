using Mover.Core.Resources;

namespace Mover.Server.Arm;

/// <summary>The paths of the resource tree; parameters are named for what they are.</summary>
internal static class Routes
{
    public const string Group = "/subscriptions/{subscription}/resourceGroups/{group}";
    public const string Mover = Group + "/providers/" + ResourceTypes.StorageMover + "/{mover}";
    public const string Agents = Mover + "/agents";
    public const string Agent = Agents + "/{agent}";
    public const string Endpoints = Mover + "/endpoints";
    public const string Endpoint = Endpoints + "/{endpoint}";
    public const string Connections = Mover + "/connections";
    public const string Connection = Connections + "/{connection}";
    public const string Projects = Mover + "/projects";
    public const string Project = Projects + "/{project}";
    public const string JobDefinitions = Project + "/jobDefinitions";
    public const string JobDefinition = JobDefinitions + "/{definition}";
    public const string JobRuns = JobDefinition + "/jobRuns";
    public const string JobRun = JobRuns + "/{run}";
}
