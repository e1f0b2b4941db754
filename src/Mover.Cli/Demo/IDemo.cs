namespace Mover.Cli.Demo;

/// <summary>Something that <c>mover demo</c> shows; what it brought up goes with it.</summary>
internal interface IDemo : IAsyncDisposable
{
    /// <summary>What is there once it was shown.</summary>
    DemoEstate Estate { get; }

    /// <summary>Shows it; true when everything that it claims is true.</summary>
    Task<bool> ShowAsync(CancellationToken cancel);
}
