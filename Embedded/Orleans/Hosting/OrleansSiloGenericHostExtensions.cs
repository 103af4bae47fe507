using DlqCluster.Embedded;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;

namespace Microsoft.Extensions.Hosting
{
    /// <summary>Adds a silo to a host.</summary>
    public static class OrleansSiloGenericHostExtensions
    {
        /// <summary>Adds a silo.</summary>
        /// <param name="hostAppBuilder">The host.</param>
        public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder) =>
            hostAppBuilder.UseOrleans(static _ => { });

        /// <summary>Adds a silo.</summary>
        /// <param name="hostAppBuilder">The host.</param>
        /// <param name="configureDelegate">Configures the silo.</param>
        public static IHostApplicationBuilder UseOrleans(
            this IHostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
        {
            ArgumentNullException.ThrowIfNull(hostAppBuilder);
            ArgumentNullException.ThrowIfNull(configureDelegate);
            configureDelegate(new SiloBuilder(hostAppBuilder.Services, hostAppBuilder.Configuration));
            return hostAppBuilder;
        }

        /// <summary>Adds a silo.</summary>
        /// <param name="hostAppBuilder">The host.</param>
        public static HostApplicationBuilder UseOrleans(this HostApplicationBuilder hostAppBuilder) =>
            hostAppBuilder.UseOrleans(static _ => { });

        /// <summary>Adds a silo.</summary>
        /// <param name="hostAppBuilder">The host.</param>
        /// <param name="configureDelegate">Configures the silo.</param>
        public static HostApplicationBuilder UseOrleans(
            this HostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
        {
            ((IHostApplicationBuilder)hostAppBuilder).UseOrleans(configureDelegate);
            return hostAppBuilder;
        }

        /// <summary>Adds a silo to the services of a process.</summary>
        /// <param name="services">The services.</param>
        /// <param name="configureDelegate">Configures the silo.</param>
        public static IServiceCollection AddOrleans(this IServiceCollection services, Action<ISiloBuilder> configureDelegate)
        {
            ArgumentNullException.ThrowIfNull(services);
            ArgumentNullException.ThrowIfNull(configureDelegate);
            var configuration = services.LastOrDefault(service => service.ServiceType == typeof(IConfiguration))?.ImplementationInstance;
            configureDelegate(new SiloBuilder(services, configuration as IConfiguration ?? new ConfigurationBuilder().Build()));
            return services;
        }
    }
}

namespace Orleans.Hosting
{
    /// <summary>Configures a silo.</summary>
    public static class SiloBuilderExtensions
    {
        /// <summary>Sets options.</summary>
        /// <typeparam name="TOptions">Their type.</typeparam>
        /// <param name="builder">The silo.</param>
        /// <param name="configureOptions">Sets them.</param>
        public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, Action<TOptions> configureOptions)
            where TOptions : class
        {
            ArgumentNullException.ThrowIfNull(builder);
            builder.Services.Configure(configureOptions);
            return builder;
        }

        /// <summary>Adds services.</summary>
        /// <param name="builder">The silo.</param>
        /// <param name="configureDelegate">Adds them.</param>
        public static ISiloBuilder ConfigureServices(this ISiloBuilder builder, Action<IServiceCollection> configureDelegate)
        {
            ArgumentNullException.ThrowIfNull(builder);
            ArgumentNullException.ThrowIfNull(configureDelegate);
            configureDelegate(builder.Services);
            return builder;
        }
    }
}
