using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Documents;

namespace Mover.Server.JobRuns;

/// <summary>The HTTP face of <c>jobDefinitions/jobRuns</c>: clients only read runs.</summary>
internal sealed class JobRunRoutes(ResourceMap map)
{
    private const string Type = ResourceTypes.JobRun;

    public void Map(IEndpointRouteBuilder routes) => map.Add<JobRun>(routes, new(Routes.JobRuns, Routes.JobRun, Type, Shapes.JobRun));
}
