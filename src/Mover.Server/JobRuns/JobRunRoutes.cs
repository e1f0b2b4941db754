using Mover.Core.Resources;
using Mover.Server.Documents;

namespace Mover.Server.JobRuns;

/// <summary>The HTTP face of <c>jobDefinitions/jobRuns</c>: clients only read runs.</summary>
internal sealed class JobRunRoutes(ResourceMap map)
{
    public void Map(IEndpointRouteBuilder routes) => map.Add<JobRun>(routes, new(JobRun.Described));
}
