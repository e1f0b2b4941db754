namespace Mover.Server.Deployments;

/// <summary>Deployments of ARM templates.</summary>
internal static class DeploymentsFeature
{
    public static void AddDeployments(this WebApplicationBuilder builder) => builder.Services
        .AddSingleton(DeploymentContents.Area)
        .AddSingleton(DeploymentSteps.Area)
        .AddSingleton<DeploymentContents>()
        .AddSingleton<DeploymentSteps>()
        .AddSingleton<DeploymentCloud>()
        .AddSingleton<DeploymentPlans>()
        .AddSingleton<DeploymentRetention>()
        .AddSingleton<DeploymentWrites>()
        .AddSingleton<Preflight>()
        .AddSingleton<RunTools>()
        .AddSingleton<DeploymentRuns>()
        .AddSingleton<DeploymentRoutes>()
        .AddSingleton<WhatIf>()
        .AddSingleton<WhatIfRoutes>()
        .AddSingleton<BicepProgram>()
        .AddSingleton<ExportRoutes>()
        .AddHostedService<DeploymentLoop>();

    public static void MapDeployments(this WebApplication app)
    {
        app.Services.GetRequiredService<DeploymentRoutes>().Map(app);
        app.Services.GetRequiredService<WhatIfRoutes>().Map(app);
        app.Services.GetRequiredService<ExportRoutes>().Map(app);
    }
}
