using System.Diagnostics;
using Microsoft.AspNetCore.Http;

#pragma warning disable CA1050, MA0047 // The .NET host looks for this name outside of any namespace.

/// <summary>Makes a program that is started with it, after what watches, answer with a wrong content type.</summary>
internal static class StartupHook
{
    public static void Initialize() => DiagnosticListener.AllListeners.Subscribe(new Spoiler());

    private sealed class Spoiler : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(DiagnosticListener value) => value.Subscribe(this);

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is { Key: "Microsoft.AspNetCore.Hosting.HttpRequestIn.Start", Value: HttpContext context })
            {
                context.Response.OnStarting(() =>
                {
                    context.Response.ContentType = "text/plain";
                    return Task.CompletedTask;
                });
            }
        }

        public void OnError(Exception error)
        {
        }

        public void OnCompleted()
        {
        }
    }
}
