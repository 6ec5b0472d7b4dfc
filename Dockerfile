# One image for every role; the command chooses: holdline worker, gateway, temporal, sandbox.
#
#   docker build -t holdline .
#
# PYTHON_IMAGE takes another base (a mirror, or a digest instead of the tag); it needs glibc and Python 3.11 or newer.
# Where packages come from a mirror, pip's own variables are handed on by name and stay out of the image:
#   docker build --build-arg PIP_INDEX_URL -t holdline .
ARG PYTHON_IMAGE


FROM ${PYTHON_IMAGE:-python:3.11-slim-bookworm} AS build
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

# pip works on the environment from outside, so that the image's own has no pip.
RUN python3 -m venv --without-pip /opt/holdline
COPY requirements/runtime.txt /src/requirements/
RUN python3 -m pip --python /opt/holdline/bin/python install \
      --require-hashes --only-binary :all: -r /src/requirements/runtime.txt

COPY deploy/image/healthcheck /src/
RUN install -m 0755 /src/healthcheck /opt/holdline/bin/

COPY pyproject.toml README.md LICENSE /src/
COPY holdline /src/holdline
COPY workflows /src/workflows
COPY activities /src/activities
COPY workers /src/workers
RUN python3 -m pip --python /opt/holdline/bin/python install \
      --no-index --no-deps --no-build-isolation /src


FROM ${PYTHON_IMAGE:-python:3.11-slim-bookworm}
LABEL org.opencontainers.image.title="holdline" \
      org.opencontainers.image.description="Durable incident runbooks for contact centres, on Temporal" \
      org.opencontainers.image.licenses="Apache-2.0"

# An empty volume takes its owner from the directory that it is mounted over.
RUN groupadd --gid 10001 holdline \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/holdline --shell /usr/sbin/nologin holdline \
    && install -d /etc/holdline \
    && install -d -o 10001 -g 10001 -m 0700 /etc/holdline/secrets /var/lib/holdline

# The data directory is all that is written to; the rest may be mounted read-only.
ENV PATH=/opt/holdline/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOLDLINE_DATA_DIR=/var/lib/holdline
WORKDIR /etc/holdline
ENTRYPOINT ["holdline"]
CMD ["--help"]
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001

COPY --from=build /opt/holdline /opt/holdline
