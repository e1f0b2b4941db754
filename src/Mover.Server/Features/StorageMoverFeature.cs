using Mover.Server.Agents;
using Mover.Server.Connections;
using Mover.Server.JobDefinitions;
using Mover.Server.JobRuns;
using Mover.Server.Operations;
using Mover.Server.StorageMovers;

namespace Mover.Server.Features;

/// <summary>Every resource type of Microsoft.StorageMover.</summary>
internal static class StorageMoverFeature
{
    public static void AddStorageMovers(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ActiveRuns>();
        builder.Services.AddSingleton(StartMark.Area);
        builder.Services.AddSingleton(ActiveRun.Area);
        builder.Services.AddSingleton<JobStarter>();
        builder.Services.AddSingleton<JobStopper>();
        builder.Services.AddSingleton<RunStops>();
        builder.Services.AddSingleton<JobReconciler>();
        builder.Services.AddSingleton<PlainRoutes>();
        builder.Services.AddSingleton<PrivateEndpointConnectionRoutes>();
        builder.Services.AddSingleton<MoverAgentRoutes>();
        builder.Services.AddSingleton<JobDefinitionRoutes>();
        builder.Services.AddSingleton<JobStartRoutes>();
        builder.Services.AddSingleton<JobRunRoutes>();
    }

    public static void MapStorageMovers(this WebApplication app)
    {
        app.Services.GetRequiredService<OperationRoutes>().Map(app);
        app.Services.GetRequiredService<PlainRoutes>().Map(app);
        app.Services.GetRequiredService<PrivateEndpointConnectionRoutes>().Map(app);
        app.Services.GetRequiredService<MoverAgentRoutes>().Map(app);
        app.Services.GetRequiredService<JobDefinitionRoutes>().Map(app);
        app.Services.GetRequiredService<JobStartRoutes>().Map(app);
        app.Services.GetRequiredService<JobRunRoutes>().Map(app);
    }
}
